"""Seconds of each epoch of the lecture recipe in Keras 3 on torch: ARRAYS EPOCHS."""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

SLOPE = 0.2
WEIGHTS = {0: 1.0, 1: 10.0}


def lecture_network() -> keras.Model:
    """Build and compile the seventh model of the lecture."""
    leaky = {"activation": keras.layers.LeakyReLU(negative_slope=SLOPE)}
    model = keras.Sequential(
        [
            keras.layers.Dense(32, **leaky),
            keras.layers.Dense(16, **leaky),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    metrics = [keras.metrics.AUC(name="pr_auc", curve="PR"), keras.metrics.AUC(name="roc_auc"), "accuracy"]
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="binary_crossentropy", metrics=metrics)
    return model


class EpochTimer(keras.callbacks.Callback):
    """Records the end time of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Record the time."""
        self.ends.append(time.perf_counter())


def measure(arrays: str, epochs: int) -> list[float]:
    """Train `epochs` epochs with validation; return the seconds of each epoch except the first."""
    torch.set_num_threads(1)
    data = np.load(arrays)
    x, y, train, validation = data["x"], data["y"], data["train"], data["validation"]
    timer = EpochTimer()
    lecture_network().fit(
        x[train],
        y[train],
        batch_size=32,
        epochs=epochs,
        class_weight=WEIGHTS,
        validation_data=(x[validation], y[validation]),
        callbacks=[timer],
        verbose=0,
    )
    return np.diff(timer.ends).tolist()


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
