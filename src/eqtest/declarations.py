r"""The annotation language: what each symbol of a display is. One declaration a line."""

import re
from collections.abc import Sequence

from eqtest.notation import BIG, DOTS, LAWS, read_condition, read_expression, read_law
from eqtest.parser import BRACKETS, SEPARATORS, signature
from eqtest.scope import Binding, Scope
from eqtest.tex import FUNCTIONS, EqError, Token, group_end, label, nesting, require, split, tokenize
from eqtest.tree import ONE, Node, free

_FORMS = {
    "where": r"where\s+(.+)",
    "tight": r"tight\s+(\d{1,3})(?:\s+within\s+([\d.e+-]+)\s*:\s*(.+))?",
    "samples": r"samples\s*:\s*(\d+)",
    "layout": r"layout\s*:\s*(numerator|denominator)",
    "zeros": r"zero outside\s*:\s*(.+)",
    "dots": r"\\[cl]?dots\s*:\s*(\w)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*->\s*(.+)",
    "define": r"(.+?)\s*:=\s*(.+)",
    "law": r"(.+?)\s*(?:~|\\sim(?![A-Za-z]))\s*(.+?)\s*(?:\[([^\[\]]+)\])?",
    "domain": r"(.+?)\s*:\s*(.+)",
    "limit": r"(.+?)\s*->\s*(.+)",
}
_DOMAIN = r"(real|pos|simplex|onehot|\((.+)\)|int\s+(.+?)\.\.(.+?))\s*(?:\[([^\[\]]+)\])?"
_RESERVED = {*FUNCTIONS, *BIG, "O", "tr", "sgn", "det", "diag", "erf"}
_USUAL = {"real": ["-2", "2"], "pos": ["0.1", "3"]}  # the ends of these domains


def declare(scope: Scope, text: str) -> None:
    """Add one declaration."""
    text = " ".join(text.split())
    matches = ((form, re.fullmatch(pattern, text, re.DOTALL)) for form, pattern in _FORMS.items())
    match next(((form, *match.groups()) for form, match in matches if match), ()):
        case "where", condition:
            scope.where.append((read_condition(tokenize(condition), scope), scope.own))
        case "tight", relation, within, assigned:
            fixed = _assigned(scope, assigned) if assigned else {}
            scope.tight.append((int(relation), float(within) if within else None, fixed))
        case "samples", count:
            scope.samples = int(count)
        case "layout", layout:
            scope.layout = layout
        case "zeros", names:
            scope.padded |= {_name(part) for part in split(tokenize(names), ",")}
        case "law", symbols, law, sizes:
            word = re.sub(rf"^({'|'.join({*LAWS.values()})})\b", r"\\operatorname{\1}", law)
            declare_random(scope, tokenize(symbols), tokenize(word), sizes.split(",") if sizes else ())
        case "dots", index, low, high, term:
            scope.dots = index, _node(scope, low), _node(scope, high), _node(scope, term, index)
        case "define", left, right if right.startswith("py "):
            _define_in_python(scope, tokenize(left), right[3:].strip())
        case "define", left, right:
            define(scope, tokenize(left), tokenize(right))
        case "domain", symbols, domain:
            binding = _binding(scope, domain.strip())
            for part in split(tokenize(symbols), ","):
                name = _name(part)
                _require_free(name, array="[" in domain)
                scope.bindings[name] = binding
        case "limit", symbol, point:
            declare_limit(scope, _name(tokenize(symbol)), _node(scope, point))
        case _:
            forms = "`name : domain`, `name := value`, `X ~ law`, `where …`, `tight …`, `x -> point`"
            raise EqError(f"{text!r} isn't a declaration: write {forms}")


def define(scope: Scope, left: Sequence[Token], right: Sequence[Token]) -> str:
    """Add `left := right`; return the name."""
    name, params, indices, signs = _target(scope, left)
    _require_free(name, array=bool(indices))
    body = read_expression(right, scope, {*indices, *(params or ())})
    require(params is not None or name not in free(body), f"{name} is defined by itself: use a new name")
    ranges = [high for index in indices if (high := scope.index_range(index))]
    if params is not None:  # f_k(x)
        for index, high in reversed([*zip(indices, ranges, strict=True)]):
            body = Node("entries", (index, ONE, high, None, body))
        indices = ()
    binding = Binding("array" if indices else "value", (body, *ranges), params or indices)
    return _bind(scope, name, params, signs, binding)


def _require_free(name: str, *, array: bool) -> None:
    """Refuse a name that means something without a declaration; the numbers π_1, π_2, … may be declared."""
    taken = name in _RESERVED or (name == "pi" and not array)
    require(not taken, f"{name} has its meaning already: use another name")


def declare_limit(scope: Scope, name: str, point: Node) -> None:
    """Add the point that a limit goes to."""
    scope.limits[name] = point
    scope.bindings.setdefault(name, _binding(scope, "real"))


def declare_random(scope: Scope, symbols: Sequence[Token], law: Sequence[Token], sizes: Sequence[str] = ()) -> None:
    """Add random variables with a distribution; with sizes, arrays of independent ones."""
    binding = Binding("random", (read_law(law, scope), *(_node(scope, size) for size in sizes)))
    for part in split(symbols, ","):
        scope.bindings[_name(part)] = binding


def _define_in_python(scope: Scope, left: Sequence[Token], expression: str) -> None:
    """Add `left := py expression`; with `within 1e-12` at the end, its floats may be off by so much."""
    expression, _, within = expression.partition(" within ")
    require(re.fullmatch(r"[\d.e+-]*", within), f"`within {within}`: write a number, such as `within 1e-12`")
    name, params, indices, signs = _target(scope, left)
    require(not indices, "a py value is a whole array: declare it without indices")
    try:
        code = compile(expression, "<py>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise EqError(f"`py {expression[:80]}` isn't a Python expression: {error}") from None
    called = bool(re.fullmatch(r"[A-Za-z_][\w.]*|lambda\b.*", expression.strip(), re.DOTALL))
    _bind(scope, name, params, signs, Binding("py", (), params or (), code, float(within or 0), called))


def _bind(scope: Scope, name: str, params: tuple[str, ...] | None, signs: str, binding: Binding) -> str:
    """Bind a value's name, or a function's by the signs between its parameters; return the key."""
    if params is None:
        scope.bindings[name] = binding
        return name
    key = f"{name}{signs}"
    scope.bindings |= {key: binding, name: Binding("function")}
    return key


def _assigned(scope: Scope, text: str) -> dict[str, Binding]:
    """Return the values that `p := …; q := …` gives to names."""
    trial, names = scope.child(), list[str]()
    for part in re.split(r";|,(?=[^,:]*:=)", text):
        left, sign, right = part.partition(":=")
        require(sign, f"`tight` assigns values: write `p := …`, not {text!r}")
        tokens = tokenize(left)
        for token, size in zip(_inner(tokens), scope.sizes(tokens[0].text if tokens else ""), strict=False):
            trial.bindings.setdefault(token, Binding("index", (size,)))
        names.append(define(trial, tokens, tokenize(right)))
    return {name: trial.bindings[name] for name in names}


def _inner(tokens: Sequence[Token]) -> list[str]:
    """List what stands in the subscript of a symbol."""
    at = next((at for at, token in enumerate(tokens) if token.text == "_"), len(tokens))
    return [token.text for token in tokens[at + 1 : group_end(tokens, at + 1)] if token.text not in ("{", "}", ",")]


def _target(scope: Scope, tokens: Sequence[Token]) -> tuple[str, tuple[str, ...] | None, tuple[str, ...], str]:
    """Read the left side of a definition: its name, its parameters or None, its indices, its parameters' signs."""
    fine = tokens and tokens[0].kind in ("name", "word")
    require(fine, "expected a symbol's name, as every definition begins with", tokens[0].pos if tokens else None)
    name, at, indices = tokens[0].text, 1, tuple[str, ...]()
    while at < len(tokens):
        text = tokens[at].text
        if text == "'":
            name, at = name + "'", at + 1
        elif text == "_":
            end = group_end(tokens, at + 1)
            inner = _inner(tokens[at:end])
            known = scope.bindings.get(name)
            scalar = known is not None and known.kind in ("real", "interval", "int") and len(known.nodes) == 2
            if all(map(scope.index_range, inner)) and not scalar and not indices:
                indices = tuple(inner)
            else:
                entry = scope.sizes(name) and all(part.isdigit() for part in inner) and name in scope.bindings
                require(not entry, f"{name} is an array: its entries have their values already", tokens[at].pos)
                name = f"{name}_{label(tokens[at + 1 : end])}"
            at = end
        elif text == "^" and (superscript := label(tokens[at + 1 : group_end(tokens, at + 1)])):
            fine = not superscript.isdigit() and superscript not in ("T", r"\top")
            require(fine, "a power can't be declared; a label can, such as `x^{(1)}`", tokens[at].pos)
            name, at = f"{name}^{superscript}", group_end(tokens, at + 1)
        elif text in BRACKETS and tokens[-1].text == BRACKETS[text]:
            return name, *_parameters(tokens[at + 1 : -1], indices)
        elif text in BRACKETS and BRACKETS[text] in (texts := [token.text for token in tokens]) and not indices:
            after = texts.index(BRACKETS[text])
            indices = tuple(_inner(tokens[after + 1 :]))
            alone = group_end(tokens, after + 2) == len(tokens) and all(map(scope.index_range, indices))
            require(
                indices and alone, "after a function's arguments, only declared indices: f(x)_k := …", tokens[after].pos
            )
            return name, *_parameters(tokens[at + 1 : after], indices)
        else:
            hint = "for a name of several letters write \\operatorname{…}"
            raise EqError(f"{text} can't stand on the left of a definition: {hint}", tokens[at].pos)
    return name, None, indices, ""


def _parameters(tokens: Sequence[Token], indices: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    r"""Read a function's parameters, and the signs between them; `x_1, \dots, x_n` is x."""
    for at in range(len(tokens) - 1, 0, -1):  # p||q
        if tokens[at].text == tokens[at - 1].text == "|":
            tokens = [*tokens[: at - 1], tokens[at]._replace(text=r"\|"), *tokens[at + 1 :]]
    parts = split(tokens, *SEPARATORS)
    signs, depth = list[str](), 0
    for token in tokens:
        depth += nesting(token)
        signs += [token.text] if depth == 0 and token.text in SEPARATORS else []
    for at in range(len(parts) - 2, 0, -1):
        if [token.text for token in parts[at]] in [[dots] for dots in DOTS]:
            names = [part[0].text if part else "" for part in parts]
            start = names.index(names[at - 1])
            parts[start : at + 2], signs[start : at + 1] = [parts[start][:1]], []
    return tuple(map(_name, parts)), indices, signature(signs)


def _name(tokens: Sequence[Token]) -> str:
    """Read a symbol's name, with its subscript as a label."""
    name, params, *_ = _target(Scope(), tokens)
    require(not params, "a function is declared with its value: `f(x) := …`")
    return name


def _node(scope: Scope, tex: str, *bound: str) -> Node:
    """Read an expression."""
    return read_expression(tokenize(tex), scope, bound)


def _binding(scope: Scope, domain: str) -> Binding:
    """Read a domain: its kind, its two ends, its sizes."""
    if domain == "kronecker":
        return Binding("kronecker")
    if match := re.fullmatch(r"(index|size)\s+(.+?)(?:\s*\.\.\s*(.+))?", domain):
        ends = [match[2]] if match[1] == "index" else [match[2], match[3] or match[2]]
        return Binding(match[1], tuple(_node(scope, end) for end in ends))
    match = re.fullmatch(_DOMAIN, domain)
    domains = "size 2..4, index n, real, real[m,n], pos, (0, 1), simplex[n], onehot[n], int 1..5, kronecker"
    require(match, f"{domain!r} isn't a domain: {domains}")
    word, interval, low, high, shape = match.groups() if match else ()
    ends = interval.split(",") if interval else [low, high] if low else _USUAL.get(word, ["0", "1"])
    sizes = shape.split(",") if shape else []
    require(len(ends) == 2, f"an interval has two ends: {domain!r}")
    require(word not in ("simplex", "onehot") or sizes, f"{word} needs a size: {word}[n], or {word}[m,n] for m rows")
    kind = word if word in ("simplex", "onehot") else "int" if low else "interval" if interval else "real"
    return Binding(kind, tuple(_node(scope, node) for node in ends + sizes))
