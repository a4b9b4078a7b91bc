"""What the sources share: documents, cells, records, nights, recordings and RR intervals."""
