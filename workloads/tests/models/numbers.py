"""The result of the workload numbers."""

NUMERALS = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD")),
    *((100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def roman(number: int) -> str:
    """The number in Roman numerals."""
    text = ""
    for value, numeral in NUMERALS:
        text += numeral * (number // value)
        number %= value
    return text


def factors(number: int) -> list[int]:
    """The prime factors, smallest first."""
    smallest = next((d for d in range(2, number) if number % d == 0), number)
    return [smallest] if smallest == number else [smallest, *factors(number // smallest)]


def line(number: int) -> str:
    """Decimal, hexadecimal, Roman, reciprocal cut after eight decimals, and factors."""
    reciprocal = f"0.{10**8 // number:08d}"
    product = " ".join(map(str, factors(number)))
    return f"{number} {number:04x} {roman(number)} {reciprocal} = {product}\n"


def expected_output(_: bytes) -> bytes:
    """The lines from 3000 to 3999."""
    return "".join(map(line, range(3000, 4000))).encode()
