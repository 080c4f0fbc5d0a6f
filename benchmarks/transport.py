"""Cost of effective conductivities: castline beside TauFactor, PoreSpy and OpenImpala.

Run it as ``python benchmarks/transport.py --help`` says; the peers come with ``pip install
castline[bench]`` and are left out where they are missing. Every case runs in a process of its own,
on one thread: CPU seconds of the solve, peak memory of the process. Compiling (numba, cached
afterwards) is done and timed beforehand. Images are synthetic sphere packings of the study's
composition with 0.2 um voxels, and of the 2.7 M box once more with finer voxels. ``--threads``
measures one thread and all cores in turn instead, in seconds that pass: on an idle machine only.
"""

import argparse
import functools
import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)

import numpy as np  # noqa: E402
from numba import njit  # noqa: E402

VOXEL_UM = 0.2
SIZES = {
    "0.8 M": ((114, 114, 60), None),
    "2.7 M": ((171, 171, 92), None),
    "20 M": ((332, 332, 182), (171, 171, 92)),
    "50 M, finer voxels": ((452, 452, 245), (171, 171, 92)),
    "50 M, larger box": ((370, 370, 365), None),
}
VOLUME_FRACTIONS = (0.28, 0.37, 0.13)
DIAMETERS_UM = (3.5, 1.0, 2.6)
LOG_WIDTHS = (0.3, 0.0, 0.0)
ELECTRONIC = {1: 0.005, 3: 15.93}
SE_ONLY = {2: 1.0}


@njit(cache=True)
def separate(centres, radii, box, sweeps):
    """Push overlapping spheres apart, each against those not larger than itself."""
    n = len(radii)
    cells = np.maximum(1, (box / (2 * radii.min())).astype(np.int64))
    width = box / cells
    cell = np.empty((n, 3), np.int64)
    following = np.empty(n, np.int64)
    for _ in range(sweeps):
        head = np.full((cells[0], cells[1], cells[2]), -1, np.int64)
        for s in range(n):
            for d in range(3):
                cell[s, d] = min(int(centres[s, d] / width[d]), cells[d] - 1)
            following[s] = head[cell[s, 0], cell[s, 1], cell[s, 2]]
            head[cell[s, 0], cell[s, 1], cell[s, 2]] = s
        for s in range(n):
            reach = [0, 0, 0]
            for d in range(3):
                reach[d] = int(2 * radii[s] / width[d]) + 1
                if d < 2:
                    reach[d] = min(reach[d], (cells[d] - 1) // 2)
            for i in range(cell[s, 0] - reach[0], cell[s, 0] + reach[0] + 1):
                for j in range(cell[s, 1] - reach[1], cell[s, 1] + reach[1] + 1):
                    lowest = max(0, cell[s, 2] - reach[2])
                    highest = min(cells[2], cell[s, 2] + reach[2] + 1)
                    for k in range(lowest, highest):
                        t = head[i % cells[0], j % cells[1], k]
                        while t >= 0:
                            if radii[t] < radii[s] or (radii[t] == radii[s] and t > s):
                                push(centres, radii, box, s, t)
                            t = following[t]
        for s in range(n):
            for d in range(2):
                centres[s, d] %= box[d]
            centres[s, 2] = min(max(centres[s, 2], radii[s]), box[2] - radii[s])


@njit(cache=True)
def push(centres, radii, box, s, t):
    """Part two spheres if they overlap, the lighter one moving further."""
    apart = centres[s] - centres[t]
    for d in range(2):
        apart[d] -= box[d] * np.round(apart[d] / box[d])
    distance = np.sqrt((apart * apart).sum())
    touch = radii[s] + radii[t]
    if 0 < distance < touch:
        share = radii[t] ** 3 / (radii[s] ** 3 + radii[t] ** 3)
        apart *= touch / distance - 1
        centres[s] += share * apart
        centres[t] -= (1 - share) * apart


def packing(box_um, seed=0, sweeps=20):
    """Centres, radii and phases of spheres of three phases, hardly overlapping."""
    rng = np.random.default_rng(seed)
    radii, phases = [], []
    kinds = zip(VOLUME_FRACTIONS, DIAMETERS_UM, LOG_WIDTHS, strict=True)
    for phase, (fraction, diameter, width) in enumerate(kinds, 1):
        filled = 0.0
        while filled < fraction * box_um.prod():
            radius = 0.5 * diameter * np.exp(width * rng.standard_normal())
            radii.append(radius)
            phases.append(phase)
            filled += 4 / 3 * np.pi * radius**3
    radii, phases = np.array(radii), np.array(phases)
    centres = rng.random((len(radii), 3)) * box_um
    separate(centres, radii, box_um, sweeps)
    return centres, radii, phases


def make_image(size):
    """Label image of a named size and the CPU seconds of its voxelisation."""
    from castline.images.voxels import label_image

    shape, box_shape = SIZES[size]
    box = VOXEL_UM * np.array(box_shape or shape)
    centres, radii, phases = packing(box)
    label_image(centres[:9], radii[:9], phases[:9], np.arange(9), (0, 0, 0), (9, 9, 9), 1.0)
    begin = time.process_time()
    ids = np.arange(len(radii))
    image = label_image(centres, radii, phases, ids, (0, 0, 0), shape, box / shape)
    return image, len(radii), time.process_time() - begin


def solve_castline(image, conductivity, **options):
    from castline.transport import effective_conductivity

    table = np.zeros(256)
    for phase, value in conductivity.items():
        table[phase] = value
    sigma = table[image]
    begin, since = time.process_time(), time.perf_counter()
    result = effective_conductivity(sigma, 1e-6 * VOXEL_UM, **options)
    return {
        "cpu_s": time.process_time() - begin,
        "wall_s": time.perf_counter() - since,
        "value": result.value_s_per_m,
        "iterations": result.iterations,
    }


def solve_taufactor(image, conductivity):
    import taufactor
    import torch

    torch.set_num_threads(1)
    (phase,) = conductivity
    # TauFactor conducts along its first axis, no flux through the sides.
    conducts = np.ascontiguousarray((image == phase).astype(np.uint8).transpose(2, 0, 1))
    begin = time.process_time()
    solver = taufactor.Solver(conducts, device=torch.device("cpu"))
    solver.solve(verbose=False)
    cpu_s = time.process_time() - begin
    value = float(np.asarray(solver.D_eff).ravel()[0])
    return {"cpu_s": cpu_s, "value": value, "iterations": int(solver.iter)}


def solve_porespy(image, conductivity):
    import porespy

    (phase,) = conductivity
    porespy.settings.tqdm = {"disable": True}
    begin = time.process_time()
    result = porespy.simulations.tortuosity_fd(image == phase, axis=2)
    cpu_s = time.process_time() - begin
    value = float(result.effective_porosity / result.tortuosity)
    return {"cpu_s": cpu_s, "value": value, "iterations": None}


def solve_openimpala(image, conductivity):
    import openimpala

    (phase,) = conductivity
    conducts = np.ascontiguousarray((image == phase).astype(np.int32))
    strand = np.zeros((4, 4, 4), dtype=np.int32)
    strand[1, 1, :] = 1
    with openimpala.Session():
        # Which array axis a direction is depends on the backend: ask which one is the last.
        (direction,) = (
            name
            for name in "xyz"
            if openimpala.percolation_check(strand, phase=1, direction=name).percolates
        )
        begin = time.process_time()
        result = openimpala.tortuosity(conducts, phase=1, direction=direction)
        cpu_s = time.process_time() - begin
    value = result.active_volume_fraction / result.tortuosity
    return {"cpu_s": cpu_s, "value": float(value), "iterations": int(result.iterations)}


SOLVERS = {
    "castline": solve_castline,
    "castline, no-flux": functools.partial(solve_castline, periodic=False),
    "castline, no-flux, 1e-4": functools.partial(solve_castline, periodic=False, tolerance=1e-4),
    "TauFactor, no-flux": solve_taufactor,
    "PoreSpy, no-flux": solve_porespy,
    "OpenImpala, no-flux": solve_openimpala,
}
PACKAGES = {
    "TauFactor, no-flux": "taufactor",
    "PoreSpy, no-flux": "porespy",
    "OpenImpala, no-flux": "openimpala",
}
PROBLEMS = {"electronic": ELECTRONIC, "SE only": SE_ONLY}


def child(image_path, solver, problem):
    """One case in a process of its own: prints its measurements as JSON."""
    solve, conductivity = SOLVERS[solver], PROBLEMS[problem]
    rng = np.random.default_rng(0)
    warm = np.kron(rng.choice([1, 2, 2, 3], size=(12, 12, 12)), np.ones((3, 3, 3))).astype(np.uint8)
    begin = time.process_time()
    solve(warm, conductivity)
    warm_s = time.process_time() - begin
    if image_path is None:
        print(json.dumps({"warm_s": warm_s}))
        return
    image = np.load(image_path)
    measured = solve(image, conductivity)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(measured | {"warm_s": warm_s, "peak_gb": peak_kib * 1024 / 1e9}))


def threads_child(image_path, problem, threads):
    """As `child`, on so many threads, with all that they need compiled before."""
    from castline.transport import hierarchy

    worth, hierarchy.WORTH_THREADS = hierarchy.WORTH_THREADS, 1
    rng = np.random.default_rng(0)
    warm = rng.choice([1, 2, 2, 3], size=(48, 48, 48)).astype(np.uint8)
    solve_castline(warm, {1: 0.1, 2: 1.0}, threads=int(threads))
    hierarchy.WORTH_THREADS = worth
    print(json.dumps(solve_castline(np.load(image_path), PROBLEMS[problem], threads=int(threads))))


def measure_threads(folder, size, repeats):
    """One thread and all cores in turn; the value is the same to the last bit."""
    cores = len(os.sched_getaffinity(0))
    image, _, _ = make_image(size)
    path = Path(folder) / "image.npy"
    np.save(path, image)
    print(f"{size} = {image.shape} voxels, {cores} cores, median of {repeats} pairs; load average")
    print(f"before: {os.getloadavg()[0]:.2f} (above 0.2 the machine is not idle)\n")
    print("| case | threads | s | CPU s | times as fast |")
    print("|---|---|---|---|---|")
    for problem in PROBLEMS:
        runs = {1: [], cores: []}
        for _ in range(repeats):
            for threads, done in runs.items():
                done.append(
                    run_child("threads", path, problem, threads, NUMBA_NUM_THREADS=str(cores))
                )
        if len({run["value"] for done in runs.values() for run in done}) > 1:
            raise RuntimeError(f"{problem}: the number of threads changed the value")
        alone = np.median([run["wall_s"] for run in runs[1]])
        for threads, done in runs.items():
            wall, cpu = (np.median([run[key] for run in done]) for key in ("wall_s", "cpu_s"))
            print(
                f"| {problem} | {threads} | {wall:.2f} | {cpu:.2f} | {alone / wall:.2f} |",
                flush=True,
            )


def run_child(*arguments, **environment):
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(
        command,
        env=os.environ | ONE_THREAD | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def cases(size):
    """Solvers and problems worth running at a size."""
    yield "castline", "electronic"
    yield "castline", "SE only"
    if size in ("0.8 M", "2.7 M"):
        yield "castline, no-flux", "SE only"
        yield "castline, no-flux, 1e-4", "SE only"
        for name, package in PACKAGES.items():
            if version(package):
                yield name, "SE only"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=3, help="medians of this many runs")
    parser.add_argument(
        "--threads",
        nargs="?",
        const="20 M",
        choices=SIZES,
        help="measure threads instead, on this size; default: 20 M",
    )
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        if arguments.child[0] == "threads":
            threads_child(*arguments.child[1:])
            return
        image, solver, problem = arguments.child
        child(None if image == "-" else image, solver, problem)
        return

    with tempfile.TemporaryDirectory() as folder:
        if arguments.threads:
            measure_threads(folder, arguments.threads, arguments.repeats)
            return
        cold = run_child("-", "castline", "electronic", NUMBA_CACHE_DIR=folder)["warm_s"]
        cached = run_child("-", "castline", "electronic", NUMBA_CACHE_DIR=folder)["warm_s"]
        print(f"{platform.machine()}, Python {platform.python_version()}, numba {version('numba')}")
        for package in PACKAGES.values():
            print(f"{package}: {version(package) or 'not installed'}")
        print(
            f"\nCompiling: {cold:.1f} CPU-s once, {cached:.2f} CPU-s from the cache afterwards.\n"
        )
        print("| image | case | solver | value | iterations | CPU s | us/voxel | peak GB |")
        print("|---|---|---|---|---|---|---|---|")
        for size in arguments.sizes:
            image, spheres, voxelisation_s = make_image(size)
            path = Path(folder) / "image.npy"
            np.save(path, image)
            print(f"| {size} | {spheres} spheres | voxelisation | | | {voxelisation_s:.3f} | | |")
            for solver, problem in cases(size):
                try:
                    runs = [run_child(path, solver, problem) for _ in range(arguments.repeats)]
                except RuntimeError as error:
                    print(f"| {size} | {problem} | {solver} | failed: {error} | | | | |")
                    continue
                cpu_s = float(np.median([run["cpu_s"] for run in runs]))
                peak = max(run["peak_gb"] for run in runs)
                run = runs[0]
                print(
                    f"| {size} | {problem} | {solver} | {run['value']:.7g} | "
                    f"{run['iterations'] or ''} | {cpu_s:.2f} | {1e6 * cpu_s / image.size:.2f} | "
                    f"{peak:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    if "threads" not in sys.argv:
        os.environ.update(ONE_THREAD)
    main()
