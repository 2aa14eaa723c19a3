"""What a user must have before booking: trainings, briefings and licences that an owner demands and grants."""
