"""What a booking costs: counted under the resource's lock, kept on the booking, and told before."""
