"""Rows of numbers in eight bits, for how near a vector is to each: of all that is known a quarter passes the memory.

A row has one scale, and so has the vector that it is compared with. Of two vectors of length one the cosine is right to
some 0.001; those that come out highest, which decide, are computed again to the last digit.
"""

from typing import Any

import numpy as np

from bot.components.encoders.layers import adds_signed

HIGHEST = 64
"""So many are computed again."""
_TOP, _TOP_OF_OLDER = 127, 63
"""The largest number of a row. Older processors add two products up in 16 bits, which hold twice 255 times 63."""
_SMALLEST = 1e-9


class EightBits:
    """Rows by their number.

    Args:
        rows: a row a text, of any type of numbers.
    """

    def __init__(self, rows: np.ndarray) -> None:
        self._rows = rows
        self._session = _session(rows.astype(np.float32)) if len(rows) > HIGHEST else None

    def near(self, vector: np.ndarray) -> np.ndarray:
        """Gives the product of each row with a vector."""
        if self._session is None:
            return np.asarray(self._rows.astype(np.float32) @ vector)
        found = np.array(self._session.run(None, {"vector": vector[None]})[0][0])
        highest = np.argpartition(found, -HIGHEST)[-HIGHEST:]
        found[highest] = self._rows[highest].astype(np.float32) @ vector
        return found


def _session(rows: np.ndarray) -> Any:
    """Gives what multiplies: one node, in one thread."""
    import onnx
    import onnxruntime

    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    scales = np.maximum(np.abs(rows).max(axis=1), _SMALLEST) / (_TOP if adds_signed() else _TOP_OF_OLDER)
    eight = np.ascontiguousarray(np.rint(rows / scales[:, None]).astype(np.int8).T)
    constants = {"rows": eight, "scales": scales, "nothing": np.zeros(len(rows), np.int8)}
    graph = helper.make_graph(
        [helper.make_node("DynamicQuantizeMatMul", ["vector", *constants], ["near"], domain="com.microsoft")],
        "near",
        [helper.make_tensor_value_info("vector", number, [1, rows.shape[1]])],
        [helper.make_tensor_value_info("near", number, [1, len(rows)])],
        [onnx.numpy_helper.from_array(content, name) for name, content in constants.items()],
    )
    sets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    content = helper.make_model(graph, opset_imports=sets, ir_version=9).SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
