"""RR intervals as text: plain columns, Empatica's IBI, Polar's HRM and Movesense's JSON."""
