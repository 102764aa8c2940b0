"""Building blocks that several generators share."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["InterpolationSkip", "ResidualBlock", "balance", "icnr_", "shuffle_stages"]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with an identity skip: ``(B, C, H, W)`` to the same shape.

    Args:
        channels: C.
        activation: made once between the convolutions, ``"relu"`` or ``"prelu"``.
        batch_norm: batch normalisation after both convolutions (SRGAN, Ledig et al. 2017, Fig. 4).
    """

    def __init__(self, channels: int, *, activation: str = "relu", batch_norm: bool = False) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=not batch_norm)
        self.first_norm = nn.BatchNorm2d(channels) if batch_norm else nn.Identity()
        self.activation = nn.PReLU() if activation == "prelu" else nn.ReLU()
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=not batch_norm)
        self.second_norm = nn.BatchNorm2d(channels) if batch_norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the block."""
        inner: Tensor = self.activation(self.first_norm(self.first(x)))
        inner = self.second_norm(self.second(inner))
        return x + inner


class InterpolationSkip(nn.Module):
    """Fixed upsampling at low resolution, before the pixel shuffle.

    ``(B, 3, h, w)`` to ``(B, 3 * scale**2, h, w)``: adding it to the network's last features makes the network learn
    only the difference from an interpolated picture, in operations that every runtime is fast at. Borders repeat the
    edge pixel, as interpolation of a cropped picture would.

    Runtimes may compute convolutions in bfloat16, whose 8 bits would leave a faint grid on smooth areas. So the pixel
    itself is only copied, and the convolution adds the difference of interpolation and copy, with pictures and kernels
    each split into two parts that bfloat16 holds exactly enough.

    Args:
        scale: upsampling factor.
        mode: ``"bicubic"`` (Keys, a = -0.5, pixel centres aligned as in ``imresize``) or ``"nearest"``.
    """

    weight: Tensor
    channel: Tensor

    def __init__(self, scale: int, *, mode: str = "bicubic") -> None:
        super().__init__()
        self.interpolates = mode == "bicubic"
        difference = _phase_kernels(scale)
        difference[:, 2, 2] -= 1.0
        weight = torch.zeros(3, scale * scale, 3, 5, 5)
        for colour in range(3):
            weight[colour, :, colour] = difference
        weight = weight.reshape(3 * scale * scale, 3, 5, 5)
        coarse = weight.bfloat16().float()
        self.register_buffer("weight", torch.cat([coarse, coarse, weight - coarse, weight - coarse], 1), False)
        self.register_buffer("channel", torch.arange(3).repeat_interleave(scale * scale), False)

    def forward(self, x: Tensor) -> Tensor:
        """Interpolate; always in float32 here, because half precision would cost the picture its last bits."""
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            copied = x.index_select(1, self.channel)
            if not self.interpolates:
                return copied
            padded = F.pad(x, [2, 2, 2, 2], mode="replicate")
            coarse = torch.round(padded * 256.0) / 256.0
            fine = padded - coarse
            return copied + F.conv2d(torch.cat([coarse, fine, coarse, fine], 1), self.weight)


def _phase_kernels(scale: int) -> Tensor:
    """``(scale**2, 5, 5)``: for each sub-pixel the bicubic weights of the 5x5 neighbourhood."""
    offset = (torch.arange(scale, dtype=torch.float64) + 0.5) / scale - 0.5
    distance = (offset[:, None] - torch.arange(-2, 3, dtype=torch.float64)).abs()
    inner = (1.5 * distance - 2.5) * distance**2 + 1.0
    outer = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
    line = torch.where(distance <= 1.0, inner, torch.where(distance <= 2.0, outer, torch.zeros_like(distance)))
    return torch.einsum("ai,bj->abij", line, line).reshape(scale * scale, 5, 5).float()


def icnr_(weight: Tensor, scale: int) -> Tensor:
    """Initialise the weight of a convolution before ``PixelShuffle(scale)`` so that it starts free of checkerboards.

    All sub-pixels of an output channel start with the same kernel (Aitken et al. 2017, "ICNR").

    Args:
        weight: ``(C * scale**2, in, k, k)``, changed in place.
        scale: factor of the pixel shuffle.
    """
    kernel = torch.empty(weight.shape[0] // scale**2, *weight.shape[1:])
    nn.init.kaiming_normal_(kernel)
    with torch.no_grad():
        return weight.copy_(kernel.repeat_interleave(scale**2, dim=0))


def balance(parameter: Tensor, scale: int) -> Tensor:
    """Weight or bias of a convolution before ``PixelShuffle(scale)``, changed as little as makes its grid vanish.

    Where the sums of the kernels differ from sub-pixel to sub-pixel, constant features become a pattern that repeats
    every `scale` pixels: the checkerboard of sub-pixel convolutions. Here all sub-pixels of an output channel get the
    same sum for each input channel, and the same bias (the condition of Sugawara, Shiota and Kiya 2019, "Checkerboard
    artifacts free convolutional neural networks", on the kernels themselves).

    Args:
        parameter: ``(C * scale**2, in, k, k)`` or ``(C * scale**2,)``.
        scale: factor of the pixel shuffle.

    Returns:
        The same shape; gradients flow.
    """
    groups = parameter.reshape(-1, scale * scale, *parameter.shape[1:])
    if parameter.ndim == 1:
        return groups.mean(1, keepdim=True).expand_as(groups).reshape(parameter.shape)
    sums = groups.sum((3, 4), keepdim=True)
    area = parameter.shape[2] * parameter.shape[3]
    return (groups + (sums.mean(1, keepdim=True) - sums) / area).reshape(parameter.shape)


def shuffle_stages(scale: int) -> list[int]:
    """Factors of the pixel-shuffle stages of an upsampling tail: 4 is ``[2, 2]``, 8 is ``[2, 2, 2]``.

    Raises:
        ValueError: the scale is not 1, 2, 3, 4 or 8.
    """
    stages = {1: [], 2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}
    if scale not in stages:
        raise ValueError(f"scale {scale} is not supported; choose 1, 2, 3, 4 or 8")
    return stages[scale]
