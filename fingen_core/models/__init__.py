"""Networks and their losses over tensors; nothing here has heard of markets."""
