"""What a call of one framework is in another, as one name stands for several rules."""

from npoptim.conventions.translation import NoEquivalentError, Translation, translate

__all__ = ["NoEquivalentError", "Translation", "translate"]
