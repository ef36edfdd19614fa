# The command in a container:
#   docker build --tag didymium .
#   docker run --rm --volume "$PWD":/work didymium solve my_case.xlsx
# The desk answers this machine only, so it needs the host's network, which Docker gives on Linux:
#   docker run --rm --network host --volume "$PWD":/work didymium open --no-browser
FROM python:3.11-slim
COPY pyproject.toml constraints.txt README.md LICENSE /source/
COPY model /source/model
COPY inputs/allied /source/inputs/allied
RUN pip install --no-cache-dir --disable-pip-version-check --constraint /source/constraints.txt "/source[desk]" \
    && rm -r /source \
    && useradd --create-home --uid 1000 planner \
    && install -d -o planner /work
USER planner
WORKDIR /work
ENTRYPOINT ["didymium"]
CMD ["--help"]
