# docker build -t lensym .
# docker run --rm -v "$PWD:/work" lensym predict lens.fits --hdu SCI
FROM python:3.11-slim
COPY pyproject.toml README.md LICENSE /src/
COPY src /src/src
# the CPU build of torch, a tenth of the size of the one for GPUs
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu '/src[onnx,parquet]' && rm -r /src
RUN useradd --create-home lensym && mkdir /work && chown lensym /work
USER lensym
WORKDIR /work
ENTRYPOINT ["lensym"]
CMD ["--help"]
