"""Runnable builders on top of molattn: each turns files into what a later step needs."""
