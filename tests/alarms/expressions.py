"""The part of metric math that the alarms use: numbers, names, + - * /, comparisons and IF.

Source: "Using math expressions with CloudWatch metrics", Amazon CloudWatch User Guide.
"""

import ast
import operator
from collections.abc import Callable, Mapping

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


def result(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Compute an expression at one time; there is no result where one of its metrics has no data.

    Args:
        expression: Its text.
        values: What the metrics' ids stand for at that time.

    Raises:
        KeyError: It uses a metric or an operator that is not known.
    """
    tree = ast.parse(expression, mode="eval").body
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id != "IF"]
    known = {name: value for name in names if (value := values[name]) is not None}
    return float(_compute(tree, known)) if len(known) == len(set(names)) else None


def _compute(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATORS[type(sign)](_compute(left, values), _compute(right, values))
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _OPERATORS[type(sign)](_compute(left, values), _compute(right, values))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            return _compute(then if _compute(condition, values) else otherwise, values)
    raise KeyError(ast.unparse(node))
