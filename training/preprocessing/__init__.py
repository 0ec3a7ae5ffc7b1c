"""From validated rows to the inputs of the network: columns, imputation, scaling, draws of missing values.

`training.learning`, `training.run` and the packages above them import it.
"""
