"""What a trained model is: the question, the saved form, and the arithmetic from a row to an answer."""
