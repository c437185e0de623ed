"""The parts of a recipe, as they stand in its YAML.

Lengths are in arcsec, masses in solar masses, angles in degrees from +x towards +y. Where a part is said in one of two
ways, the keys tell which: ``{e1, e2}`` or ``{q, angle}``.
"""

from lensym.simulation.parts.lens import Lens
from lensym.simulation.parts.light import Clumps, GalaxySource, Neighbours, SersicLight, SersicSource
from lensym.simulation.parts.observation import (
    CcdNoise,
    FilePsf,
    Image,
    Noiseless,
    Observation,
    PoissonSky,
    PublishedCounts,
)
from lensym.simulation.parts.substructure import (
    LinePopulation,
    NoSubstructure,
    PointMassPopulation,
    Population,
    SolitonPopulation,
    SubhaloPopulation,
    VortexPopulation,
)
from lensym.simulation.parts.values import (
    HALF_TURN,
    MIDDLE,
    ROUND,
    TWO,
    UNSHEARED,
    VARIANTS,
    ZERO,
    AlongMass,
    AxisRatio,
    Components,
    Cosmology,
    Ellipticity,
    Place,
    PolarPlace,
    Position,
    ShearComponents,
    ShearVector,
)

__all__ = [
    "HALF_TURN",
    "MIDDLE",
    "ROUND",
    "TWO",
    "UNSHEARED",
    "VARIANTS",
    "ZERO",
    "AlongMass",
    "AxisRatio",
    "CcdNoise",
    "Clumps",
    "Components",
    "Cosmology",
    "Ellipticity",
    "FilePsf",
    "GalaxySource",
    "Image",
    "Lens",
    "LinePopulation",
    "Neighbours",
    "NoSubstructure",
    "Noiseless",
    "Observation",
    "Place",
    "PointMassPopulation",
    "PoissonSky",
    "PolarPlace",
    "Population",
    "Position",
    "PublishedCounts",
    "SersicLight",
    "SersicSource",
    "ShearComponents",
    "ShearVector",
    "SolitonPopulation",
    "SubhaloPopulation",
    "VortexPopulation",
]
