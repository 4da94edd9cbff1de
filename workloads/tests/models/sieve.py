"""The result of the workload sieve, by trial division."""


def expected_output(_: bytes) -> bytes:
    """How many primes there are below 49152, and the largest."""
    primes: list[int] = []
    for number in range(2, 49152):
        for prime in primes:
            if prime * prime > number:
                primes.append(number)
                break
            if number % prime == 0:
                break
        else:
            primes.append(number)
    return f"{len(primes)} {primes[-1]}\n".encode()
