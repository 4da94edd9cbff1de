"""C++ sources of interpreters written so that it is known what they are: any number of opcodes, in each technique.

The interpreter is `interpret`; where handlers are functions they are `op_1`, `op_2` ... Opcode 0 ends the interpretation, the
last one always fails. The others are of twelve kinds in turn: some have a switch of their own, which is no dispatch, some call
functions, of which some never return, some have two opcodes.
"""

from __future__ import annotations

import dataclasses

# What interprets in one function.
LOOPS = (
    "switch",  # anything but the opcodes fails
    "switch_unreachable",  # anything but the opcodes can't be
    "switch_masked",  # the opcode is some bits of a word
    "goto",
    "goto_masked",  # likewise; what is no opcode fails
    "goto_offsets",  # a table of distances between labels
    "threaded",  # label addresses in the decoded program
)
# What has a function for each handler.
TAIL_CALLS = (
    "tail_table",
    "tail_preserve_none",
    "tail_decoded",  # function addresses in the decoded program
)
CALLS = ("calls_table", "calls_memory")
TECHNIQUES = (*LOOPS, *TAIL_CALLS, *CALLS)
DECODED = ("threaded", "tail_decoded")
MASKED = ("switch_masked", "goto_masked")
HALT = 0
KINDS = 12
_JUMP = 2
_WITH_OPERAND = (1, 2, 3, 9, 11)
_BRANCHING = (2, 3, 6, 9, 11)  # kinds with several paths
INNER_SWITCH, SHARED = 3, 8  # kinds: a switch of its own; the handler of the opcode before it


@dataclasses.dataclass(frozen=True)
class Interpreter:
    """One source. `twice`: a second, smaller interpreter stands beside it. `inner_cases`: how many cases the switches within
    handlers have, 8 or 16, or 0 for none; clang for AArch64 makes no tables for 8."""

    technique: str
    opcodes: int
    twice: bool = False
    inner_cases: int = 8
    joined: bool = True

    @property
    def own_handlers(self) -> list[int]:
        """The opcodes with a handler of their own."""
        return [opcode for opcode in range(self.opcodes) if not self.is_shared(opcode)]

    def is_shared(self, opcode: int) -> bool:
        """Whether an opcode's handler is that of the opcode before it."""
        return opcode % KINDS == SHARED and opcode < self.opcodes - 1

    @property
    def dispatching_handlers(self) -> int:
        """How many handlers lead to the next one: all but those of the first opcode and of the last."""
        return len(self.own_handlers) - 2

    @property
    def inner_switches(self) -> int:
        """How many switches over `inner_cases` cases its handlers have."""
        if not self.inner_cases:
            return 0
        return sum(opcode % KINDS == INNER_SWITCH for opcode in range(1, self.opcodes - 1))

    @staticmethod
    def has_operand(opcode: int) -> bool:
        """Whether an opcode that isn't the last one reads an operand."""
        return opcode % KINDS in _WITH_OPERAND and opcode != HALT

    @staticmethod
    def jumps(opcode: int) -> bool:
        """Whether its operand is the length of a jump."""
        return opcode % KINDS == _JUMP

    @property
    def mask(self) -> int:
        """The bits of a word that are its opcode."""
        return (1 << (self.opcodes - 1).bit_length()) - 1

    def source(self) -> str:
        """The text of its file."""
        parts = [_PRELUDE, *self._interpreter("interpret", "op", self.opcodes)]
        if self.twice:
            other = dataclasses.replace(self, opcodes=max(12, self.opcodes // 2), twice=False)
            parts += other._interpreter("interpret_other", "other", 5)
        parts += [_ordinary_switch(), "int main() { return 0; }"]
        return "\n".join(parts) + "\n"

    def _interpreter(self, name: str, prefix: str, seed: int) -> list[str]:
        """`prefix` is what its handlers' names begin with, `seed` varies its numbers."""
        writer = _Writer(self, name, prefix, seed)
        if self.technique.startswith("switch"):
            return writer.switch()
        if self.technique in LOOPS:
            return writer.labels()
        return writer.functions()


_PRELUDE = """\
extern "C" [[noreturn]] void abort();

#define EXPORTED extern "C" __attribute__((visibility("default"), used))
#define APART __attribute__((noinline))

struct Machine {
  long r[16];
  long memory[1024];
  long a;
  const void* const* table;
  long failed;
};

[[noreturn]] APART static void fail(Machine* m, long why) {
  m->failed += why;
  abort();
}

APART static long helper(Machine* m, long a, long by) {
  for (int i = 0; i < 16; ++i) a = a * by + m->r[i];
  return a;
}

static inline void push(Machine* m, long a) {
  m->r[15] = (m->r[15] + 1) & 1023;
  m->memory[m->r[15]] = a;
}
"""


def _ordinary_switch() -> str:
    """A large switch that is no interpreter: nothing leads back to it."""
    cases = [
        f"    case {i}: m->r[{i % 16}] = a * {i * 37 + 11}; return m->memory[{i * 7 % 1024}] + {i};"
        for i in range(90)
    ]
    head = "EXPORTED long ordinary(Machine* m, unsigned what, long a) {\n  switch (what) {"
    return "\n".join([head, *cases, "    default: return a;\n  }\n}"])


def _number(opcode: int, seed: int, turn: int = 0) -> int:
    """A number that no other handler has."""
    return (opcode * 7919 + seed * 104729 + turn * 1299709) % 9999991 + 300


class _Writer:
    """Writes one interpreter."""

    def __init__(self, of: Interpreter, name: str, prefix: str, seed: int) -> None:
        self._of = of
        self._name = name
        self._prefix = prefix
        self._seed = seed
        self._is_wide = of.opcodes > 256

    def body(self, opcode: int) -> str:
        """What a handler does, to its end. OPERAND, SKIP and the variables m, a and pc are the technique's."""
        c, d = (_number(opcode, self._seed, turn) for turn in range(2))
        r, s = opcode % 14, (opcode * 5 + 3) % 14
        if opcode == self._of.opcodes - 1:
            return f"fail(m, {c});"
        if self._of.joined and opcode % KINDS in _BRANCHING:
            join = f"a = helper(m, a, {d + 1}); m->r[{s}] += a; a = helper(m, a, {d + 2});"
            return f"{self._work(opcode, c, d, r, s)} {join}"
        return self._work(opcode, c, d, r, s)

    def _work(self, opcode: int, c: int, d: int, r: int, s: int) -> str:
        """`c` and `d`: numbers of this handler's own; `r` and `s`: what it changes and reads."""
        if opcode % KINDS == INNER_SWITCH:
            return self._inner_switch(c, r) if self._of.inner_cases else f"a ^= {c}; push(m, a);"
        return (
            f"a += {c}; m->r[{r}] ^= a;",
            f"m->memory[(a + {c}) & 1023] = a * {d} + OPERAND;",
            f"long by = OPERAND; if (a & {c}) SKIP(by); a -= {d};",
            "",
            f"a = helper(m, a, {c});",
            f"if (a == {c}) fail(m, {opcode}); a ^= m->r[{r}] + {d};",
            f"if (m->r[{r}] > {c}) {{ a += m->memory[{c % 1024}]; }} else {{ m->r[{s}] = a * {d}; push(m, a); }}",
            f"push(m, a + {c}); a = m->r[{r}];",
            f"push(m, a - {c}); a = m->r[{s}];",
            f"switch (OPERAND) {{ case 0: a += {c}; break; case 1: m->r[{r}] = a; break;"
            f" case 2: a = helper(m, a, {d}); break; default: break; }}",
            f"if (a == {c}) abort(); m->r[{s}] += {d};",
            f"for (long n = OPERAND & 7; n > 0; --n) a = a * {c} + m->r[n];",
        )[opcode % KINDS]

    def _inner_switch(self, c: int, r: int) -> str:
        cases = [
            f"m->r[{r}] += {c};",
            f"m->memory[a & 1023] ^= a + {c};",
            f"a = helper(m, a, {c + 2});",
            f"a = ~a - {c};",
            f"m->r[a & 15] = {c + 4};",
            f"a = (a << 3) * {c}; push(m, a);",
            f"if (a == {c}) fail(m, {c});",
            f"a -= m->r[3] * {c};",
        ]
        cases += [f"m->r[{(r + i) % 14}] ^= a * {c + i};" for i in range(self._of.inner_cases - 8)]
        *numbered, last = cases
        text = " ".join(f"case {i}: {one} break;" for i, one in enumerate(numbered))
        return f"switch (OPERAND & {len(cases) - 1}) {{ {text} default: {last} break; }}"

    def _program(self) -> list[str]:
        """How the program is read: the type Code, its opcode, its operand."""
        code = f"{self._name}_code"
        lines = ["#undef OPERAND", "#undef SKIP", "#undef OPCODE"]
        technique = self._of.technique
        if technique in MASKED:
            # Without a variable of its own the handler reads the word again.
            lines += [
                f"typedef unsigned {code};",
                f"#define OPCODE (*pc++ & {self._of.mask:#x})",
                "#define OPERAND ((long)(pc[-1] >> 10))",
            ]
        elif technique in DECODED:
            lines += [
                f"union {code};",
                f"typedef long (*{self._name}_function)(Machine*, const {code}*, long);",
                f"union {code} {{ const void* label; {self._name}_function function; long operand; }};",
                "#define OPERAND ((pc++)->operand)",
            ]
        elif technique == "calls_memory":
            lines += [
                f"struct {code} {{ const {code}* (*function)(Machine*, const {code}*);",
                f"  const {code}* next; const {code}* other; long operand; }};",
                "#define OPERAND (pc->operand)",
                "#define SKIP(by) (void)(by), pc = pc->other",
            ]
            return lines
        else:
            unit = "unsigned short" if self._is_wide else "unsigned char"
            lines += [
                f"typedef {unit} {code};",
                "#define OPCODE (*pc++)",
                "#define OPERAND ((long)*pc++)",
            ]
        return [*lines, "#define SKIP(by) pc += (by) & 7"]

    def _head(self) -> str:
        return f"EXPORTED long {self._name}(Machine* m, const {self._name}_code* pc) {{\n  long a = m->a;"

    def switch(self) -> list[str]:
        """A switch in a loop."""
        lines = [*self._program(), self._head(), "  for (;;) {\n    switch (OPCODE) {"]
        for opcode in range(self._of.opcodes):
            if opcode == HALT:
                lines.append("      case 0: m->a = a; return a;")
                continue
            following = ""
            if self._of.is_shared(opcode):
                continue
            if self._of.is_shared(opcode + 1) and opcode + 1 < self._of.opcodes:
                following = f" case {opcode + 1}:"
            lines.append(f"      case {opcode}:{following} {{ {self.body(opcode)} }} break;")
        if self._of.technique == "switch_unreachable":
            lines.append("      default: __builtin_unreachable();")
        else:
            lines.append("      default: fail(m, -1);")
        return [*lines, "    }\n  }\n}"]

    def labels(self) -> list[str]:
        """Labels whose addresses are taken."""
        technique = self._of.technique
        labels = [f"&&L{opcode - self._of.is_shared(opcode)}" for opcode in range(self._of.opcodes)]
        if technique == "goto_masked":
            labels += ["&&Lnone"] * (self._of.mask + 1 - len(labels))
        if technique == "goto_offsets":
            kind, labels = "const int", [f"(int)((char*){one} - (char*)&&L0)" for one in labels]
            next_one = "goto *(void*)((char*)&&L0 + labels[OPCODE])"
        else:
            kind, next_one = "const void* const", "goto *labels[OPCODE]"
        lines = [*self._program(), self._head()]
        lines.append(f"  static {kind} labels[] = {{\n    {', '.join(labels)}}};")
        if technique == "threaded":
            next_one = "goto *(pc++)->label"
            lines.append("  if (pc == nullptr) { m->table = labels; return 0; }")
        lines.append(f"  {next_one};")
        for opcode in self._of.own_handlers:
            if opcode == HALT:
                lines.append("  L0: m->a = a; return a;")
            else:
                lines.append(f"  L{opcode}: {{ {self.body(opcode)} }} {next_one};")
        if technique == "goto_masked":
            lines.append("  Lnone: fail(m, -1);")
        return [*lines, "}"]

    def functions(self) -> list[str]:
        """A function for each handler, in a table or in the decoded program."""
        technique, code, p = self._of.technique, f"{self._name}_code", self._prefix
        convention = "PRESERVE_NONE" if technique == "tail_preserve_none" else ""
        is_called = technique in CALLS
        result = f"const {code}*" if is_called else "long"
        parameters = f"Machine* m, const {code}* pc" + ("" if is_called else ", long a")
        own = self._of.own_handlers
        names = [f"{p}_{opcode - self._of.is_shared(opcode)}" for opcode in range(self._of.opcodes)]
        lines = [
            *self._program(),
            "#undef NEXT\n#undef TAIL\n#undef PRESERVE_NONE",
            "#ifdef __clang__\n#define TAIL [[clang::musttail]]\n#define PRESERVE_NONE __attribute__((preserve_none))",
            "#else\n#define TAIL\n#define PRESERVE_NONE\n#endif",
            *(f"{convention} static {result} {p}_{opcode}({parameters});" for opcode in own),
            f"typedef {result} (*{p}_function)({parameters}) {convention};",
            f"static const {p}_function {p}_table[] = {{\n  {', '.join(names)}}};",
        ]
        if technique == "calls_memory":
            lines.append("#define NEXT return pc->next")
        elif technique == "calls_table":
            lines.append("#define NEXT return pc")
        elif technique == "tail_decoded":
            lines.append("#define NEXT TAIL return pc->function(m, pc + 1, a)")
        else:
            # The next opcode is read first: arguments are evaluated in any order.
            lines.append(
                f"#define NEXT {{ const unsigned next = OPCODE; TAIL return {p}_table[next](m, pc, a); }}"
            )
        for opcode in own:
            head = f"{convention} static {result} {p}_{opcode}({parameters}) {{"
            if opcode == HALT:
                end = "return nullptr;" if is_called else "m->a = a; return a;"
                lines.append(f"{head} {end} }}")
            elif is_called:
                lines.append(f"{head} long a = m->a; {self.body(opcode)} m->a = a; NEXT; }}")
            else:
                lines.append(f"{head} {self.body(opcode)} NEXT; }}")
        lines.append(f"EXPORTED long {self._name}(Machine* m, const {code}* pc) {{")
        if technique == "calls_table":
            lines.append(
                f"  while (pc != nullptr) {{ const unsigned next = OPCODE; pc = {p}_table[next](m, pc); }}"
            )
        elif technique == "calls_memory":
            lines.append("  while (pc != nullptr) pc = pc->function(m, pc);")
        elif technique == "tail_decoded":
            lines.append("  return pc->function(m, pc + 1, m->a);")
        else:
            lines.append(f"  const unsigned next = OPCODE; return {p}_table[next](m, pc, m->a);")
        if technique in CALLS:
            lines.append("  return m->a;")
        lines.append("}")
        if technique in ("tail_decoded", "calls_memory"):
            lines += [
                f"EXPORTED void {self._name}_decode(const unsigned short* from, long length, {code}* to) {{",
                f"  for (long i = 0; i < length; ++i) to[i].function = {p}_table[from[i]];\n}}",
            ]
        return lines
