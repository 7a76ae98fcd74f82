FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN dotnet publish src/ChannelHub -c Release --os linux --arch ${TARGETARCH:-amd64} -o /app --nologo

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
# The image's own user: no root, and the data folder is its own.
RUN mkdir /data && chown $APP_UID:$APP_UID /data
USER $APP_UID
ENV ASPNETCORE_URLS=http://0.0.0.0:8080 CHANNELHUB_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["dotnet", "ChannelHub.dll", "health"]
ENTRYPOINT ["dotnet", "ChannelHub.dll"]
