"""What the published generators and the physical scene draw: numbers typed by hand, not read from the recipes."""

import functools
import math

from scipy import stats
from scipy.integrate import quad

HALF_DEGREE_TURN = 6.28318530718


def uniform(low, high):
    return stats.uniform(low, high - low)


def normal(mean, deviation):
    return stats.norm(mean, deviation)


def log_uniform(low, high):
    return stats.loguniform(low, high)


class PowerLaw(stats.rv_continuous):
    """``p(m) ~ m^exponent``, by its distribution function alone."""

    def __init__(self, low, high, exponent):
        super().__init__(a=low, b=high)
        self.power = exponent + 1

    def _cdf(self, m):
        return (m**self.power - self.a**self.power) / (self.b**self.power - self.a**self.power)


def poisson(mean):
    return stats.poisson(mean)


RANK = uniform(0, 1)
"""Of Poisson numbers each with a mean of its own: what their distribution functions give."""


# distances, by integration and not by the package


def comoving(z, H0=70.0, Om0=0.3):
    """Comoving distance in Mpc."""
    return 299792.458 / H0 * quad(lambda x: (Om0 * (1 + x) ** 3 + 1 - Om0) ** -0.5, 0, z)[0]


@functools.cache
def squared_radius(z_lens, z_source, luminosity=False):
    """Square of the Einstein radius in arcsec of one solar mass."""
    lens, source = comoving(z_lens), comoving(z_source)
    if luminosity:
        lens, source = lens * (1 + z_lens), source * (1 + z_source)
        inverse = (source - lens) / (lens * source)
    else:
        inverse = (source - lens) / (lens * source) * (1 + z_lens)
    return 4 * 4.78540e-20 * inverse * 206264.806**2  # G M_sun / c^2 in Mpc


def ratio(z_lens, z_source, z_convention):
    """Of the deflections of sources at two redshifts."""
    lens, source, other = (comoving(z) for z in (z_lens, z_source, z_convention))
    return (1 - lens / source) / (1 - lens / other)


SCALE = ratio(0.5, 1.0, 2.5)
PUBLISHED_RADIUS = math.sqrt(1e12 * squared_radius(0.5, 1.0, luminosity=True))
SIGMA_RADIUS = 4 * math.pi * 206264.806 * (1 - comoving(0.5) / comoving(1.0)) / 299792.458**2
"""Einstein radius in arcsec of an isothermal sphere of 1 km/s, for a source at 1."""


# what the generators draw


def setting(z_lens=0.5, z_source=1.0):
    return {"z_lens": z_lens, "z_source": z_source, "slope": 2.0, "a3": 0.0, "a4": 0.0}


CENTRED = {"lens_x": 0.0, "lens_y": 0.0}


def models_1_to_3(scale, brightness, exposure):
    """What the classes of Models I, II and III have in common, and what each has of its own."""
    common = setting() | CENTRED
    common |= {"theta_E": scale * PUBLISHED_RADIUS, "e1": 0.1, "e2": 0.0, "gamma1": scale * 0.05, "gamma2": 0.0}
    common |= {"source_x": uniform(-0.35, 0.35), "source_y": uniform(-0.35, 0.35)}
    common |= {"source_R_sersic": 0.25, "source_n_sersic": 1.0, "source_e1": -0.1, "source_e2": 0.1}
    common |= brightness | {"exposure": exposure}
    places = {"radius": uniform(0.25, 2.0), "angle": uniform(0, 360)}
    halos = {"count": 25, "subhalo_mass": PowerLaw(1e6, 1e10, -0.9)} | places
    vortex = {"log10_axion_mass": uniform(-24, -22), "vortex_angle": uniform(0, 360), "vortex_mass": 3e10}
    return {"no_sub": common, "cdm": common | halos, "axion": common | vortex | {"length_over_published": 1.0}}


def models_a_and_b(z_lens, z_source, q, radius, halos, vortex):
    """Models A and B."""
    common = setting(z_lens, z_source) | CENTRED
    common |= {"theta_E": 1.2, "e1": 0.0, "e2": 0.0}
    common |= {"shear": uniform(0, 0.3), "shear_angle": uniform(0, HALF_DEGREE_TURN)}
    common |= {"light_x": 0.0, "light_y": 0.0, "light_amplitude": 480.0, "light_R_sersic": 0.5, "light_n_sersic": 2.5}
    common |= {"light_q": uniform(0.5, 1.0), "light_angle": uniform(0, HALF_DEGREE_TURN)}
    common |= {"source_amplitude": uniform(280, 360), "source_R_sersic": radius, "source_n_sersic": 1.5}
    common |= {"source_q": uniform(q, 1.0), "source_angle_of_axis": uniform(0, HALF_DEGREE_TURN), "exposure": 300.0}
    common |= {"source_radius": uniform(0, 1.2), "source_direction": uniform(0, 360)}
    places = {"radius": uniform(0, 1), "angle": uniform(0, 360)}
    return {
        "no_sub": common,
        "cdm": common | places | halos,
        "axion": common | {"vortex_angle": uniform(0, 360)} | vortex,
    }


def model_4():
    common = setting() | CENTRED | {"e1": 0.0, "e2": 0.0, "gamma2": 0.0, "exposure": 1.0}
    common |= {"source_x": uniform(-0.3, 0.3), "source_y": uniform(-0.3, 0.3), "source_angle": uniform(-180, 180)}
    common |= {"source_magnitude": 22.0, "source_magnitude_2": 19.0, "source_magnitude_3": 18.0}
    bulge = {"R_sersic": 0.4, "n_sersic": 2.3, "e2": 0.05, "magnitude": 17.0, "magnitude_2": 18.0, "magnitude_3": 17.0}
    disc = {"R_sersic": 1.5, "n_sersic": 1.2, "e2": 0.3, "magnitude": 28.0, "magnitude_2": 28.0, "magnitude_3": 28.0}
    for name, light in (("light1", bulge), ("light2", disc)):
        common |= {f"{name}_{key}": value for key, value in (light | {"x": 0.0, "y": 0.0, "e1": 0.0}).items()}
    macro = common | {
        "theta_E": 1.5 * SCALE,
        "gamma1": 0.05 * SCALE,
        "mass_fraction": 0.01,
        "count_rank": RANK,
    }
    macro |= {"area": uniform(0, 1), "angle": uniform(0, 360)}
    cdm, axion = (macro | {"subhalo_mass": PowerLaw(low, 1e10, -1.9)} for low in (1e6, 1e8))
    return {
        "no_sub": common | {"velocity_dispersion": normal(260, 20), "gamma1": 0.0},
        "cdm": cdm,
        "axion": axion | {"log10_axion_mass": -21.0},
    }


def physical():
    common = {"z_lens": uniform(0.3, 0.7), "z_source_rank": uniform(0, 1), "theta_E": uniform(0.8, 1.6)}
    common |= {"slope": normal(2, 0.1), "a3": 0.0, "a4": 0.0, "exposure": 1.0}
    common |= dict.fromkeys(("e1", "e2"), normal(0, 0.1)) | dict.fromkeys(("gamma1", "gamma2"), normal(0, 0.05))
    common |= dict.fromkeys(("lens_x", "lens_y"), normal(0, 0.05))
    common |= {"source_radius_over_theta_E": uniform(0, 0.5), "source_direction": uniform(0, 360)}
    common |= {"source_R_sersic": log_uniform(0.1, 0.4), "source_n_sersic": uniform(0.5, 2)}
    common |= dict.fromkeys(("source_e1", "source_e2"), normal(0, 0.2)) | {"source_magnitude": uniform(21, 23)}
    common |= {"source_clumps": poisson(5), "clump_fraction": uniform(0, 0.3), "clump_radius": log_uniform(0.02, 0.06)}
    common |= {"light_from_lens": 0.0, "light_magnitude": uniform(18.5, 20.5), "light_R_sersic": log_uniform(0.4, 1.2)}
    common |= {"light_n_sersic": uniform(3, 5), "light_to_mass": normal(0, 10), "light_over_mass_ellipticity": 1.0}
    common |= {"neighbours": poisson(1), "neighbour_magnitude": uniform(20.5, 24)}
    common |= {"neighbour_R_sersic": log_uniform(0.1, 0.5), "neighbour_n_sersic": uniform(1, 4)}
    common |= {"neighbour_q": uniform(0.4, 1), "neighbour_axis": uniform(0, 180)}
    common |= {"neighbour_radius": uniform(2, 3.7), "neighbour_direction": uniform(0, 360)}
    field = {"mass_fraction": log_uniform(0.003, 0.03), "area": uniform(0, 1), "angle": uniform(0, 360)}
    halos = {"count_rank": RANK, "subhalo_mass": PowerLaw(1e7, 1e10, -1.9)}
    line = {"log10_axion_mass": uniform(-24, -22), "vortex_angle": uniform(0, 180), "length_over_366_pc": 1.0}
    return {"no_sub": common, "cdm": common | field | halos, "axion": common | field | line}


EXPECTED = {
    ("model_1", "published"): models_1_to_3(1.0, {"source_amplitude": 20.0}, log_uniform(10**3, 10**3.5)),
    ("model_2", "published"): models_1_to_3(SCALE, {"source_magnitude": 20.0}, 1.0),
    ("model_3", "published"): models_1_to_3(SCALE, {"source_magnitude": 20.0}, 1.0),
    ("model_4", "published"): model_4(),
    ("model_a", "published"): models_a_and_b(
        0.5, 1.0, 0.7, 0.5, {"count": 25, "each_radius": 0.0048}, {"total_over_each": 25.0, "vortex_half_length": 0.5}
    ),
    ("model_b", "published"): models_a_and_b(
        uniform(0.4, 0.6),
        uniform(0.8, 1.2),
        0.4,
        uniform(0.25, 1),
        {"count": poisson(25), "fraction": uniform(0.03, 0.055)},
        {"fraction": uniform(0.03, 0.055), "vortex_half_length": uniform(0.25, 1)},
    ),
    ("model_1", "physical"): physical(),
}
