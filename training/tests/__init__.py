"""Tests of the training code: `training/test.sh`. They need the Python environment of `train.sh`; `npm test` does not run them."""
