"""From the signs of a text to a vector for all of it and one for each sign."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.judging import SLOPE, weighted

__all__ = ["RecurrentTextEncoder"]


class RecurrentTextEncoder(nn.Module):
    """Convolutions over signs, then recurrent units in both directions (Reed et al. 2016, arXiv 1605.05395, CNN-RNN).

    Tokens ``(B, T)`` int64, 0 where the text has ended, to the sentence ``(B, embedding)`` of length 1 and the states
    ``(B, T, embedding)``, zeros beyond the end; both float32. The sentence is a linear map of the states' mean and
    maximum over the text. How much padding follows changes neither.

    A text of padding alone counts as one unknown sign.

    Args:
        width: length of the vectors of signs, and channels of the convolutions.
        embedding: length of sentence and states.
        hidden: length of the recurrent state, in each direction.
        layers: convolutions of five signs before the recurrence.
        vocabulary: tokens are below this; the bytes of UTF-8 and the padding by default.
        dropout: probability with which numbers are zeroed before the recurrence in training.
    """

    def __init__(
        self,
        *,
        width: Annotated[int, Field(gt=0)] = 96,
        embedding: Annotated[int, Field(gt=0)] = 128,
        hidden: Annotated[int, Field(gt=0)] = 128,
        layers: Annotated[int, Field(ge=0)] = 2,
        vocabulary: Annotated[int, Field(gt=1)] = 257,
        dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.signs = nn.Embedding(vocabulary, width, padding_idx=0)
        self.convolutions = nn.ModuleList(_convolution(width) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        self.ahead = nn.GRU(width, hidden, batch_first=True)
        self.back = nn.GRU(width, hidden, batch_first=True)
        self.states = weighted(nn.Linear(2 * hidden, embedding), norm="none", std=None)
        self.sentence = weighted(nn.Linear(2 * embedding, embedding), norm="none", std=None)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Read texts; in float32 whatever autocast says, because a recurrence adds up the errors of half precision."""
        with torch.autocast(tokens.device.type, enabled=False):
            places = torch.arange(tokens.shape[1], device=tokens.device)
            lengths = (tokens > 0).sum(1, keepdim=True).clamp(min=1)
            inside = places < lengths
            mask = inside[:, :, None]
            x = self.signs(tokens) * mask
            for convolution in self.convolutions:
                x = F.leaky_relu(convolution(x.mT).mT, SLOPE) * mask
            x = self.dropout(x)
            # Read from its end a text is its mirror image, with the padding behind as before.
            mirror = torch.where(inside, lengths - 1 - places, places)
            both = [self.ahead(x)[0], _permuted(self.back(_permuted(x, mirror))[0], mirror)]
            states = self.states(torch.cat(both, 2)) * mask
            mean = states.sum(1) / lengths
            largest = states.masked_fill(~mask, torch.finfo(states.dtype).min).amax(1)
            return F.normalize(self.sentence(torch.cat([mean, largest], 1)), dim=1), states


def _convolution(width: int) -> nn.Conv1d:
    layer = nn.Conv1d(width, width, 5, padding=2)
    nn.init.kaiming_normal_(layer.weight, a=SLOPE, nonlinearity="leaky_relu")
    return layer


def _permuted(x: Tensor, places: Tensor) -> Tensor:
    return x.gather(1, places[:, :, None].expand(-1, -1, x.shape[2]))
