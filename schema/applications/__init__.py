"""Cases as the API says them: types, words for the promise, reading and acting."""
