"""Writes the two small models of config/model.toml, with golden rows beside each.

    pip install numpy onnx onnxruntime
    python infra/models/example.py config/models

Their weights are drawn, not learned: they show how a model is written so that a job can run it,
not how one earns money. What matters:

- The first dimension of inputs and outputs is symbolic: the batch.
- A sequence is [batch, rows, columns]; the LSTM itself wants [rows, batch, columns].
- Scaling is part of the graph (Sub, Mul), so that the job's columns go in as they are.
- No ArgMax: the model gives numbers, and a rule chooses.
- `golden.json` holds rows and the outputs that the runtime of the maker gave for them.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROWS, COLUMNS, HIDDEN = 16, 3, 8
# Of rsi (0 to 100), roc (percent) and trade imbalance (-1 to 1).
MEAN = np.array([50, 0, 0], np.float32)
SCALE = np.array([1 / 15, 4, 2], np.float32)


def sequence_model(rng):
    """Scaled columns -> LSTM over the last rows -> a number from 0 to 1."""
    w = rng.normal(0, 0.7, (1, 4 * HIDDEN, COLUMNS)).astype(np.float32)
    r = rng.normal(0, 0.3, (1, 4 * HIDDEN, HIDDEN)).astype(np.float32)
    b = np.zeros((1, 8 * HIDDEN), np.float32)
    head = rng.normal(0, 4, (1, HIDDEN)).astype(np.float32)
    constants = {
        "mean": MEAN, "scale": SCALE, "w": w, "r": r, "b": b,
        "head": head, "zero": np.zeros(1, np.float32), "first": np.array([0], np.int64),
    }
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["by_row"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["by_row", "w", "r", "b"], ["", "last"], hidden_size=HIDDEN),
        helper.make_node("Squeeze", ["last", "first"], ["state"]),
        helper.make_node("Gemm", ["state", "head", "zero"], ["score"], transB=1),
        helper.make_node("Sigmoid", ["score"], ["up"]),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", ROWS, COLUMNS])
    return nodes, constants, x


def trees_model(rng, trees=20):
    """A sum of trees of depth two over the present columns, around 0.5."""
    at = {name: [] for name in (
        "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values",
        "nodes_truenodeids", "nodes_falsenodeids", "target_treeids", "target_nodeids",
        "target_ids", "target_weights")}

    def node(tree, number, feature, mode, value, yes, no):
        for name, entry in zip(list(at)[:7], (tree, number, feature, mode, value, yes, no)):
            at[name].append(entry)

    for tree in range(trees):
        for number in range(3):
            feature = int(rng.integers(COLUMNS))
            value = float(MEAN[feature] + rng.normal(0, 0.5) / SCALE[feature])
            node(tree, number, feature, "BRANCH_LEQ", value, 2 * number + 1, 2 * number + 2)
        for number in range(3, 7):
            node(tree, number, 0, "LEAF", 0.0, 0, 0)
            entries = (tree, number, 0, float(rng.normal(0, 0.02)))
            for name, entry in zip(list(at)[7:], entries):
                at[name].append(entry)
    nodes = [helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["up"], domain="ai.onnx.ml", n_targets=1,
        base_values=[0.5], **at)]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", COLUMNS])
    return nodes, {}, x


def write(folder, nodes, constants, x, rng):
    folder.mkdir(parents=True, exist_ok=True)
    y = helper.make_tensor_value_info("up", TensorProto.FLOAT, ["batch", 1])
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "example", [x], [y], initializers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    path = folder / "model.onnx"
    onnx.save(model, path)
    shape = [8] + [d.dim_value for d in x.type.tensor_type.shape.dim[1:]]
    rows = (MEAN + rng.normal(0, 1, shape) / SCALE).round(3).astype(np.float32)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (up,) = session.run(None, {"x": rows})
    golden = {
        # As doubles these texts are the very floats.
        "inputs": {"x": rows.astype(np.float64).tolist()},
        "outputs": {"up": up.astype(np.float64).tolist()},
        "tolerance": {"absolute": 1e-5, "relative": 1e-4},
    }
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")
    print(f"{path}: {path.stat().st_size} bytes, golden {up.min():.3f} to {up.max():.3f}")


def main():
    registry = pathlib.Path(sys.argv[1])
    rng = np.random.default_rng(7)
    write(registry / "demo/trend/1.0.0", *sequence_model(rng), rng)
    write(registry / "demo/trees/1.0.0", *trees_model(rng), rng)


main()
