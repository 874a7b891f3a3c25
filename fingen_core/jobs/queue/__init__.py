"""What waits in line for the device: trainings, validations, sweeps."""
