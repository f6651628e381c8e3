"""A logistic regression as plain numbers, and what log-odds are worth as a probability."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

# Beyond this, a probability is 0 or 1 to any use.
_FAR = 30.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over standardised features, by name."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Logistic of the weighted sum of the standardised features."""
        total = self.bias
        for name, mean, scale, weight in zip(self.names, self.means, self.scales, self.weights, strict=True):
            total += weight * (features[name] - mean) / scale
        return probability(total)


def probability(log_odds: float) -> float:
    """The probability that these log-odds stand for."""
    return 1 / (1 + math.exp(-max(-_FAR, min(_FAR, log_odds))))
