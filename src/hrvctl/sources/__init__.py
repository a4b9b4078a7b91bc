"""One file a vendor: each knows how to recognise and read that vendor's exports."""
