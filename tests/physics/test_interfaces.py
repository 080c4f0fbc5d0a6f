"""Resistances of contacts between particles: known answers, fields, convergence, refusals."""

import numpy as np
import pytest
from geometry import state_of
from transport_reference import direct_conductivity

from castline.base.errors import InputError
from castline.images.film import film_image, film_particles
from castline.images.settings import VoxelConfig
from castline.images.vtk_files import read_vti, write_vti
from castline.packing.placement import box_lengths, place
from castline.recipe.phases import Phase
from castline.transport import effective_conductivity
from castline.transport.film import (
    core_conductivities,
    film_conductivities,
    phase_conductivities,
    phase_interfaces,
)
from castline.transport.imaging import imaged, read_particles
from castline.transport.interfaces import interface_resistances
from castline.transport.settings import TransportConfig
from castline.transport.streamlines import face_fluxes

SPACING = np.array([2e-7, 3e-7, 1.5e-7])
CLOSED = (False, False, False)
RESISTANCES = [0.0, 1e-12, 1e-9, 1e-6, 1e-3, 1.0, 1e3]
SINGLE = 1e-7  # the resistances are in single precision


def slabs(axis):
    """Three slabs of 4 voxels, each a particle, and the sides of their image."""
    shape = [4, 5, 3]
    shape[axis] = 12
    along = [-1 if side == axis else 1 for side in range(3)]
    return np.broadcast_to(np.repeat([7, 3, 9], 4).reshape(along), shape), shape


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("resistance", RESISTANCES)
def test_slabs_with_interfaces_in_series_and_in_parallel(axis, resistance):
    particles, shape = slabs(axis)
    labels = np.ones(shape, dtype=np.uint8)
    faces = interface_resistances(labels, particles, SPACING, {(1, 1): resistance}, CLOSED)
    length = 12 * SPACING[axis]
    for side in range(3):
        result = effective_conductivity(
            np.full(shape, 0.5), SPACING, side, face_resistance_ohm_m2=faces, tolerance=1e-9
        )
        series = length / (length / 0.5 + 2 * resistance)
        assert result.value_s_per_m == pytest.approx(series if side == axis else 0.5, rel=SINGLE)


def test_only_the_pair_that_is_named_resists():
    """AM, CBD, CBD in series: the AM-CBD contact resists, that of the two CBD does not."""
    particles, _ = slabs(2)
    labels = np.where(particles == 7, Phase.AM, Phase.CBD).astype(np.uint8)
    sigma = np.array([0, 0.005, 0, 15.93])[labels]
    layers = 4 * SPACING[2] * np.array([1 / 0.005, 2 / 15.93])
    for pair in ((Phase.AM, Phase.CBD), (Phase.CBD, Phase.AM)):
        faces = interface_resistances(labels, particles, SPACING, {pair: 2e-4}, CLOSED)
        result = effective_conductivity(sigma, SPACING, face_resistance_ohm_m2=faces)
        expected = 12 * SPACING[2] / (layers.sum() + 2e-4)
        assert result.value_s_per_m == pytest.approx(expected, rel=SINGLE)


def test_across_the_periodic_side_touch_the_first_and_the_last():
    """Two particles in turn along x: two contacts a period, one of them past the side."""
    particles = np.broadcast_to(np.repeat([1, 2], 3)[:, None, None], (6, 2, 2))
    labels = np.ones(particles.shape, dtype=np.uint8)
    wrapped = interface_resistances(labels, particles, SPACING, {(1, 1): 1.0})
    assert np.argwhere(wrapped[..., 0].any(axis=(1, 2))).ravel().tolist() == [2, 5]
    closed = interface_resistances(labels, particles, SPACING, {(1, 1): 1.0}, CLOSED)
    assert np.argwhere(closed[..., 0].any(axis=(1, 2))).ravel().tolist() == [2]


def random_film(seed=5, shape=(14, 15, 16)):
    """Labels and particles of a Voronoi image of three phases; neither shape nor sides even."""
    rng = np.random.default_rng(seed)
    seeds = rng.random((60, 3)) * shape
    phase = rng.choice([Phase.PORE, Phase.AM, Phase.SE, Phase.CBD], 60, p=[0.1, 0.4, 0.2, 0.3])
    at = np.stack(np.indices(shape), axis=-1) + 0.5
    step = at[..., None, :] - seeds
    step[..., :2] -= np.array(shape[:2]) * np.round(step[..., :2] / np.array(shape[:2]))
    owner = (step**2).sum(axis=-1).argmin(axis=-1)
    return phase[owner].astype(np.uint8), owner


PAIRS = {(1, 1): 3e-5, (1, 3): 2e-7, (3, 3): 1e-8}
SIGMA = np.array([0, 0.005, 0, 15.93])


def test_no_resistance_gives_the_same_bits():
    labels, owner = random_film()
    none = interface_resistances(labels, owner, SPACING, {(1, 1): 0.0})
    for axis in range(3):
        bare = effective_conductivity(SIGMA[labels], SPACING, axis, with_fields=True)
        zero = effective_conductivity(
            SIGMA[labels], SPACING, axis, with_fields=True, face_resistance_ohm_m2=none
        )
        assert zero == bare
        np.testing.assert_array_equal(zero.potential_v, bare.potential_v)
        np.testing.assert_array_equal(zero.current_density_a_per_m2, bare.current_density_a_per_m2)


def test_threads_change_no_bit():
    labels, owner = random_film()
    faces = interface_resistances(labels, owner, SPACING, PAIRS)
    one, two = (
        effective_conductivity(SIGMA[labels], SPACING, face_resistance_ohm_m2=faces, threads=count)
        for count in (1, 2)
    )
    assert one == two


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("periodic", [True, False])
def test_random_particles_agree_with_a_direct_solve(axis, periodic):
    labels, owner = random_film()
    faces = interface_resistances(labels, owner, SPACING, PAIRS, (periodic,) * 3)
    result = effective_conductivity(
        SIGMA[labels], SPACING, axis, periodic=periodic, face_resistance_ohm_m2=faces
    )
    expected = direct_conductivity(SIGMA[labels], SPACING, axis, periodic, faces)
    assert result.value_s_per_m == pytest.approx(expected, rel=1e-6)
    assert result.value_s_per_m < 0.95 * direct_conductivity(SIGMA[labels], SPACING, axis, periodic)


def test_turning_the_image_and_naming_its_particles_otherwise_changes_nothing():
    labels, owner = random_film()

    def solved(turn, names):
        turned = labels.transpose(turn), names[owner].transpose(turn)
        spacing, periodic = SPACING[list(turn)], np.array([True, True, False])[list(turn)]
        faces = interface_resistances(*turned, spacing, PAIRS, periodic)
        return effective_conductivity(
            SIGMA[turned[0]], spacing, turn.index(2), face_resistance_ohm_m2=faces
        ).value_s_per_m

    one = solved((0, 1, 2), np.arange(60))
    assert solved((2, 0, 1), 10**12 * np.arange(60)[::-1]) == pytest.approx(one, rel=2e-6)
    assert solved((1, 2, 0), np.arange(60) - 30) == pytest.approx(one, rel=2e-6)


@pytest.mark.parametrize("axis", [0, 2])
def test_fields_obey_ohm_and_kirchhoff_past_interfaces(axis):
    labels, owner = random_film()
    faces = interface_resistances(labels, owner, SPACING, PAIRS)
    solved = effective_conductivity(
        SIGMA[labels],
        SPACING,
        axis,
        with_fields=True,
        phases=labels,
        tolerance=1e-9,
        face_resistance_ohm_m2=faces,
    )
    mean = solved.current_density_a_per_m2.mean(axis=(0, 1, 2), dtype=np.float64)[axis]
    length = labels.shape[axis] * SPACING[axis]
    assert mean * length == pytest.approx(solved.value_s_per_m, rel=1e-5)
    assert sum(solved.phase_flux_share.values()) == pytest.approx(1.0)
    if axis == 2:
        fluxes = face_fluxes(SIGMA[labels], solved.potential_v, SPACING, faces)
        through = fluxes[2].mean(axis=(0, 1))
        assert through == pytest.approx(np.full(through.shape, mean), rel=1e-5)


@pytest.mark.parametrize("factor", [0, 0.1, 1, 10, 1e3, 1e6, 1e9])
def test_no_loss_of_convergence_up_to_a_billion_voxels_resistance(factor):
    labels, owner = random_film(seed=6, shape=(30, 31, 32))
    voxel_ohm_m2 = SPACING[2] / SIGMA.max()
    pairs = dict.fromkeys([(1, 1), (1, 3), (3, 3)], factor * voxel_ohm_m2)
    faces = interface_resistances(labels, owner, SPACING, pairs)
    result = effective_conductivity(SIGMA[labels], SPACING, face_resistance_ohm_m2=faces)
    assert result.iterations < 40
    assert result.energy_error < 1e-6


@pytest.mark.parametrize("direction", [(1, 0, 0), (1, 1, 0), (3, 2, 1), (1, -1, 1)])
def test_a_contact_resists_by_its_area_in_every_direction(direction):
    """Two spheres that overlap: the faces' conductance is the area of the circle over R.

    The circle is half a voxel inside the spheres where it lies across an axis: 2.3 % too large.
    """
    along = np.array(direction) / np.linalg.norm(direction)
    distance, radius = 1.2, 1.0
    centres = [2 + sign * distance / 2 * along for sign in (-1, 1)]
    state = state_of([(Phase.SE, *centre, 2 * radius) for centre in centres], (4.0, 4.0, 4.0))
    image, particles, spacing = film_particles(state, VoxelConfig(voxel_um=0.05))
    faces = interface_resistances(image, particles, spacing, {(Phase.SE, Phase.SE): 0.25})
    area = np.prod(spacing) / np.array(spacing)
    conductance = sum(
        area[d] * (1 / faces[..., d][faces[..., d] > 0].astype(float)).sum() for d in range(3)
    )
    circle = np.pi * (radius**2 - distance**2 / 4) * 1e-12
    assert conductance == pytest.approx(circle / 0.25, rel=0.03)


@pytest.mark.parametrize("rule", ["plain", "conserved"])
def test_particles_of_a_film_tile_its_image(tiny, rule):
    recipe = tiny.recipe_of("AM_1", "50")
    state = place(recipe, box_lengths(recipe, 0.3, (1, 1, 1)), seed=1)
    settings = VoxelConfig(voxel_um=0.6, voxel_rule=rule)
    image, particles, spacing = film_particles(state, settings)
    plain, edges = film_image(state, settings)
    np.testing.assert_array_equal(image, plain)
    assert spacing == edges
    phase_of = dict(zip(state.ids.tolist(), state.phases.tolist(), strict=True))
    assert all(phase_of.get(one, 0) == image[particles == one][0] for one in np.unique(particles))
    assert {phase_of.get(one, 0) for one in np.unique(particles)} == set(np.unique(image))


def test_images_of_the_line_carry_their_particles(tmp_path):
    labels, owner = random_film()
    path = tmp_path / "film.vti"
    write_vti(path, {"phase": labels, "particle": owner.astype(np.int32)}, SPACING)
    resists = TransportConfig(interface_resistance_ohm_m2={"se_se": 1e-3})
    np.testing.assert_array_equal(read_particles(path, resists), owner)
    np.testing.assert_array_equal(read_vti(path)[0], labels)
    assert read_particles(path, TransportConfig()) is None
    write_vti(path, {"phase": labels}, SPACING)
    with pytest.raises(InputError, match="particle"):
        read_particles(path, resists)


def test_a_film_conducts_less_through_its_contacts(study):
    recipe = study.recipe_of("AM_1", "50")
    spheres = [
        (phase, 2.0 + 4 * column, 2.0, 1.0 + 2.0 * layer, 3.8)
        for column, phase in enumerate((Phase.AM, Phase.SE))
        for layer in range(2)
    ]
    state = state_of(spheres, (8.0, 4.0, 4.0), (True, True, False))
    resists = TransportConfig(
        voxel_um=0.1, interface_resistance_ohm_m2={"am_am": 1.0, "se_se": 1e-3}
    )
    image, particles, spacing = imaged(state, resists)
    film = (image, spacing, recipe)
    perfect = film_conductivities(*film, TransportConfig())
    real = film_conductivities(*film, resists, particles)
    length, area = image.shape[2] * spacing[2], image[:, :, 0].size * spacing[0] * spacing[1]
    contact = np.pi * (1.9**2 - 1.0**2) * 1e-12
    for name, ohm_m2 in (("sigma_e_s_per_m", 1.0), ("sigma_ion_s_per_m", 1e-3)):
        added = length / area * (1 / real[name] - 1 / perfect[name])
        assert added == pytest.approx(ohm_m2 / contact, rel=0.1)
    core = core_conductivities(*film, resists, particles)
    bare = core_conductivities(*film, TransportConfig())
    assert core["sigma_ion_core_s_per_m"] < bare["sigma_ion_core_s_per_m"]
    with pytest.raises(InputError, match="needs to know which particle owns each voxel"):
        film_conductivities(*film, resists)
    assert phase_interfaces(image, None, spacing, TransportConfig()) == (None, None)
    assert phase_conductivities(*film, resists)[0][Phase.AM] == 0.005


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros((3, 3, 3), np.float32), "must be floats of shape"),
        (np.zeros((3, 3, 3, 3), int), "must be floats of shape"),
        (np.full((3, 3, 3, 3), -1.0), "finite and not negative"),
        (np.full((3, 3, 3, 3), np.nan), "finite and not negative"),
        (np.full((3, 3, 3, 3), np.inf), "finite and not negative"),
        (np.full((3, 3, 3, 3), 1e30), "spans too much to be solved"),
    ],
)
def test_face_resistances_that_are_none(value, message):
    with pytest.raises(InputError, match=message):
        effective_conductivity(np.ones((3, 3, 3)), 1e-7, face_resistance_ohm_m2=value)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({(1, 300): 1.0}, "labels are 0 to 255"),
        ({(1, 2): -1.0}, "not finite or negative"),
        ({(1, 2): np.nan}, "not finite or negative"),
        ({(1, 2): 1.0, (2, 1): 2.0}, "given as 1 and as 2 ohm m2"),
    ],
)
def test_pairs_that_are_none(pairs, message):
    labels = np.ones((2, 2, 2), np.uint8)
    with pytest.raises(InputError, match=message):
        interface_resistances(labels, labels, 1e-7, pairs)
    with pytest.raises(InputError, match="whole numbers of shape"):
        interface_resistances(labels, labels[:1], 1e-7, {})
    with pytest.raises(InputError, match="3-D uint8"):
        interface_resistances(labels.astype(int), labels, 1e-7, {})


@pytest.mark.parametrize("pair", ["am_se", "se_cbd"])
def test_a_contact_that_no_current_crosses_is_refused(pair):
    with pytest.raises(ValueError, match=f"{pair}: no current of this model crosses"):
        TransportConfig(interface_resistance_ohm_m2={pair: 1e-3})
