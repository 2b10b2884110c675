"""Records testdata/train/*.npz with real Keras: optimizer traces, losses,
metrics and schedules, in float64 and float32, for Keras 3 (era D), tf_keras
(era C) and its legacy optimizers (era B).

  python scripts/train_golden.py [optimizers|multi_backend|layout|losses|metrics|schedules|
                                   penalties|fits|callbacks ...]

Every .npz holds "meta", JSON as bytes, which lists the cases; a case's arrays
are named CASE/ARRAY. Fixed seeds, no time stamps: a second run gives the same
bytes.
"""

import sys

import train_fit
import train_losses
import train_optimizers

PARTS = {
    "optimizers": train_optimizers.optimizers,
    "multi_backend": train_optimizers.multi_backend,
    "layout": train_optimizers.layout,
    "losses": train_losses.losses,
    "metrics": train_losses.metrics,
    "schedules": train_losses.schedules,
    "penalties": train_losses.penalties,
    "fits": train_fit.fits,
    "callbacks": train_fit.callbacks,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
