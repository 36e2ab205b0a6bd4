"""Starts the processes of one machine and starts again what dies; decides nothing else."""
