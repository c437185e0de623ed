import importlib.util
from types import SimpleNamespace

import pytest

from lensym.data import known_lenses
from lensym.data.known_lenses import KnownLens, catalogue_installed, known_lens
from lensym.errors import InputError

TABLE = """name,RA [deg],DEC [deg],zlens,type,grading,ref
- | SDSSJ0946+1006 | J0946+1006 | SDSSJ0946+1006,146.73621,10.11467,0.222 | 0.2219 | 0.222,galaxy,confident,a | b
DESI-1,146.7370,10.11467,-,galaxy,probable,c
"Ring, the",359.9999,-30.0,0.5,galaxy,probable,d
"""


@pytest.fixture(autouse=True)
def _forgetting():
    """Whether there is a catalogue is looked up once a process, and read once."""
    for cached in (known_lenses._path, known_lenses._read):
        cached.cache_clear()
    yield
    for cached in (known_lenses._path, known_lenses._read):
        cached.cache_clear()


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """A package of the form of lenscat."""

    def install(text):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "catalog.csv").write_text(text)
        origin = str(tmp_path / "__init__.py")
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace(origin=origin))

    return install


def test_the_nearest_lens_is_named(catalogue):
    catalogue(TABLE)
    found = known_lens(146.73621, 10.11467 + 1 / 3600)
    assert found == KnownLens("SDSSJ0946+1006 / J0946+1006", found.separation, "0.222 / 0.2219", "confident")
    assert found.separation == pytest.approx(1, abs=1e-6)
    assert str(found) == (
        "SDSSJ0946+1006 / J0946+1006, 1.0 arcsec from the centre (confident, z 0.222 / 0.2219; lenscat)"
    )
    assert known_lens(146.7371, 10.11467).name == "DESI-1"


def test_across_the_meridian_and_with_a_comma_in_its_name(catalogue):
    catalogue(TABLE)
    found = known_lens(0.0001, -30.0)
    assert (found.name, found.separation) == ("Ring, the", pytest.approx(0.6235, abs=1e-3))


@pytest.mark.parametrize(("ra", "dec"), [(146.73621, 10.11467 + 5.1 / 3600), (10.0, 10.0), (146.73621, -90.0)])
def test_nothing_near_is_no_lens(catalogue, ra, dec):
    catalogue(TABLE)
    assert known_lens(ra, dec) is None


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", TABLE.splitlines()[0] + "\n", TABLE.replace("10.11467", "ten")])
def test_a_catalogue_of_another_form_is_refused(catalogue, text):
    catalogue(text)
    with pytest.raises(InputError, match=r"the catalogue of lenscat; got .*; install it anew: pip install 'lensym\["):
        known_lens(1.0, 2.0)


def test_without_the_extra_no_lens_is_known(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not catalogue_installed()
    assert known_lens(146.73621, 10.11467) is None


@pytest.mark.skipif(not catalogue_installed(), reason="the extra lenscat is not installed")
def test_the_genuine_catalogue_knows_the_jackpot():
    assert "J0946+1006" in known_lens(146.73621, 10.11467).name
    assert known_lens(0.0, -89.99) is None
