"""Measures kerasrun beside other engines on the CPU: the same weights and inputs, one run.

    python scripts/bench/bench.py KERASRUN [--threads 1] [--rounds 5] [--only NAME] [--engines onnxruntime,openvino,torch]

The outputs of all engines are compared first. Then rounds of half a second an engine follow one
another, engine after engine, so that disturbances hit all alike; the table has the medians and
fastest calls, and the ratio of the best engine's median to kerasrun's.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OPENVINO_LOG_LEVEL", "0")
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import models


def onnxruntime_engine(path, x, layers, threads):
    import onnxruntime as ort

    o = ort.SessionOptions()
    o.intra_op_num_threads, o.inter_op_num_threads = threads, 1
    s = ort.InferenceSession(str(path), o, providers=["CPUExecutionProvider"])
    binding = s.io_binding()
    binding.bind_cpu_input("x", x)
    binding.bind_output(s.get_outputs()[0].name)
    run = lambda: s.run_with_iobinding(binding)
    run()
    return run, binding.copy_outputs_to_cpu()[0]


def openvino_engine(path, x, layers, threads):
    import openvino as ov

    core = ov.Core()
    model = core.read_model(str(path))
    model.reshape({"x": list(x.shape)})
    c = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1})
    r = c.create_infer_request()
    r.set_input_tensor(ov.Tensor(x, shared_memory=True))
    r.infer()
    return r.infer, r.get_output_tensor().data.copy()


def torch_engine(path, x, layers, threads):
    import torch

    torch.set_num_threads(threads)
    net = models.torch_module(layers).eval()
    t = torch.tensor(x)

    def run():
        with torch.inference_mode():
            return net(t)

    return run, run().numpy()


ENGINES = {"onnxruntime": onnxruntime_engine, "openvino": openvino_engine, "torch": torch_engine}


def timed(run, seconds):
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e6)
    return times


def kerasrun_round(binary, h5, batch, threads):
    out = subprocess.run(
        [binary, "bench", h5, "--batch", str(batch), "--threads", str(threads), "--rounds", "1", "--json"],
        check=True, capture_output=True, text=True,
    ).stdout
    r = json.loads(out)["results"][0]
    return r["median_us"], r["min_us"]


def kerasrun_output(binary, h5, x, tmp):
    np.save(tmp / "x.npy", x)
    subprocess.run([binary, "predict", h5, tmp / "x.npy", "-o", tmp / "y.npy"], check=True)
    return np.load(tmp / "y.npy")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("binary")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--only", default="")
    p.add_argument("--engines", default="onnxruntime,openvino,torch")
    a = p.parse_args()
    engines = a.engines.split(",")
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    print(f"{cpu}, {os.cpu_count()} cores, {a.threads} thread(s); us: median (fastest)\n")
    print("| workload | kerasrun | " + " | ".join(engines) + " | best / kerasrun |")
    print("|---|---|" + "---|" * len(engines) + "---|")
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        for name, shape, layers, batches, h5, ox in models.files(tmp):
            if a.only and a.only not in name:
                continue
            for batch in batches:
                row(a, engines, tmp, name, shape, layers, batch, h5, ox)


def row(a, engines, tmp, name, shape, layers, batch, h5, ox):
    x = np.random.default_rng(batch).standard_normal((batch, *shape)).astype("float32")
    ours = kerasrun_output(a.binary, h5, x, tmp)
    runs = {}
    for e in engines:
        runs[e], y = ENGINES[e](ox, x, layers, a.threads)
        err = np.abs(y.reshape(ours.shape) - ours).max() / max(np.abs(ours).max(), 1e-9)
        if err > 1e-5:
            sys.exit(f"{name}, batch {batch}: {e} differs from kerasrun by {err:.3g}")
        timed(runs[e], 0.3)
    medians, fastest = {e: [] for e in engines + ["kerasrun"]}, {e: [] for e in engines + ["kerasrun"]}
    for _ in range(a.rounds):
        m, f = kerasrun_round(a.binary, h5, batch, a.threads)
        medians["kerasrun"].append(m), fastest["kerasrun"].append(f)
        for e in engines:
            t = timed(runs[e], 0.5)
            medians[e].append(statistics.median(t)), fastest[e].append(min(t))
    cell = lambda e: f"{statistics.median(medians[e]):,.0f} ({min(fastest[e]):,.0f})"
    best = min(engines, key=lambda e: statistics.median(medians[e]))
    ratio = statistics.median(medians[best]) / statistics.median(medians["kerasrun"])
    least = min(min(fastest[e]) for e in engines) / min(fastest["kerasrun"])
    print(f"| {name}, batch {batch} | {cell('kerasrun')} | " + " | ".join(cell(e) for e in engines) + f" | {ratio:.2f} ({least:.2f}) |", flush=True)


if __name__ == "__main__":
    main()
