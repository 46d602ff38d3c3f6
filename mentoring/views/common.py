"""What the views of mentoring share."""


def asked(request):
    """The parameters of the address, without NUL: PostgreSQL takes no text that holds one."""
    params = request.GET.copy()
    for name, values in list(params.lists()):
        params.setlist(name, [value.replace("\x00", "") for value in values])
    return params
