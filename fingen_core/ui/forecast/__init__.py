"""The Forecast page: its inputs, and the verdict, fan and chances that follow."""
