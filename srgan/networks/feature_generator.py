"""What every generator is whose maps on the way can be asked for."""

from collections.abc import Iterator, Sequence

from torch import Tensor

from srgan.networks.generator import Generator

__all__ = ["FeatureGenerator"]


class FeatureGenerator(Generator):
    """A generator that gives the maps of its first half as features, for contrastive losses (Park et al. 2020, CUT).

    Sub-classes number these maps in the order of computation, 0 being the picture in [-1, 1], and define `maps`.

    Attributes:
        map_channels: channels of each map.
    """

    map_channels: Sequence[int]

    def features(self, x: Tensor, layers: Sequence[int], latent: Tensor | None = None) -> list[Tensor]:
        """The maps of the layers asked for; nothing behind the last of them is computed.

        Args:
            x: pictures, as for `forward`.
            layers: numbers of the maps, in any order.
            latent: as for `forward`; needed where a map depends on it.

        Raises:
            ValueError: there is no such layer.
        """
        self.feature_channels(layers)
        found: list[Tensor] = []
        for maps in self.maps(x, latent):
            found.append(maps)
            if len(found) > max(layers, default=-1):
                break
        return [found[layer] for layer in layers]

    def feature_channels(self, layers: Sequence[int]) -> list[int]:
        """Channels of the maps of the layers asked for.

        Raises:
            ValueError: there is no such layer.
        """
        wrong = [layer for layer in layers if not 0 <= layer < len(self.map_channels)]
        if wrong:
            last = len(self.map_channels) - 1
            raise ValueError(f"layers: {type(self).__name__} has the layers 0 to {last}, not {wrong[0]}")
        return [self.map_channels[layer] for layer in layers]

    def maps(self, x: Tensor, latent: Tensor | None) -> Iterator[Tensor]:
        """The maps one after the other, each computed when it is asked for."""
        raise TypeError(f"{type(self).__name__} does not define maps")
