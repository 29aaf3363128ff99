"""Published devices as if they were new: data, protocol, views and the ridge to compare with."""
