//! Starts the server, or says in a sentence why it does not.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use server::config::{Command, Config, Demo, LogFormat, Serve};
use server::db::{Database, Db, Tx};
use server::file::Files;
use server::server::{Server, now, prepare};
use server::{backup, checkpoint, demo, guards, mail, migrations, search, setup, sql, timers, verify, web};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long requests that are under way may take after the signal to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(8);

#[tokio::main]
async fn main() -> ExitCode {
    let config = Config::parse();
    let failed = match config.command {
        Command::Serve(_) | Command::Demo(_) => "Switchboard did not start",
        Command::Backup(_) => "There is no backup",
        Command::Restore(_) => "Nothing was restored",
        Command::Verify => "It was not verified",
    };
    log(config.log_format);
    match start(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{failed}: {why:#}");
            ExitCode::FAILURE
        }
    }
}

async fn start(config: Config) -> anyhow::Result<()> {
    match config.command {
        Command::Backup(path) => {
            let told = backup::backup(&config.database, &path).await?;
            println!("{} holds {told}.", path.display());
        }
        Command::Restore(path) => {
            let told = backup::restore(&path, &config.database).await?;
            checkpoint::note_restore(&config.checkpoints, &told, now())?;
            println!("{} holds {told}. Start Switchboard on it.", config.database);
        }
        Command::Verify => {
            if let Database::Sqlite(file) = &config.database {
                anyhow::ensure!(file.exists(), "There is no database at {}.", file.display());
            }
            let db = Db::open(&config.database).await?;
            let checkpoints = checkpoint::read(&config.checkpoints)?;
            let report =
                verify::verify(&db, &checkpoints).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
            println!("{report}");
            db.close().await;
            anyhow::ensure!(report.is_sound(), "not all is as the log tells it");
        }
        Command::Demo(demo) => {
            let db = opened(&config.database).await?;
            fill_demo(&db, demo).await?;
            db.close().await;
        }
        Command::Serve(serve) => {
            let db = opened(&config.database).await?;
            let data = match &config.database {
                Database::Sqlite(file) => file.parent().map(Path::to_path_buf),
                Database::Postgres(_) => None,
            };
            run(&db, *serve, config.checkpoints, data).await?;
            db.close().await;
        }
    }
    Ok(())
}

/// The database as this version works with it.
async fn opened(database: &Database) -> anyhow::Result<Db> {
    guards::folder(database)?;
    let db = Db::open(database).await?;
    guards::database(&db).await?;
    db.migrate(migrations::ALL).await?;
    guards::clock(now().0, newest(&db).await?)?;
    prepare(&db).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Ok(db)
}

async fn fill_demo(db: &Db, demo: Demo) -> anyhow::Result<()> {
    let broken = |error: server::error::Error| anyhow::anyhow!("{error:?}");
    if !demo::fill(db, now()).await.map_err(broken)? {
        println!("The database is not empty; nothing was changed.");
        return Ok(());
    }
    let Demo { more, seed } = demo;
    let told = |n: i64| {
        if n % 50_000 == 0 || n == more {
            println!("{n} of {more} more conversations…");
        }
    };
    demo::many::add(db, more, seed, now(), told).await.map_err(broken)?;
    println!("The demo workspace is ready.");
    Ok(())
}

async fn newest(db: &Db) -> Result<Option<i64>, server::db::Error> {
    db.read(async move |tx: &mut Tx| {
        let row = tx
            .q(sql!("select max(at) from event where seq > (select max(seq) - 100 from event)"))
            .one()
            .await?;
        row.get::<Option<i64>>(0)
    })
    .await
}

async fn run(db: &Db, mut serve: Serve, checkpoints: PathBuf, data: Option<PathBuf>) -> anyhow::Result<()> {
    if serve.demo {
        let empty = db.read(async move |tx: &mut Tx| {
            Ok::<_, server::db::Error>(tx.q(sql!("select name from workspace")).opt().await?.is_none())
        });
        if empty.await? {
            println!("Filling the empty database with the demo workspace…");
            demo::fill(db, now()).await.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        }
    }
    let listener = guards::listen(serve.listen, "--listen").await?;
    let address = listener.local_addr().context("the address that it listens on")?;
    serve.listens_on(address);
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    if let Some(metrics) = serve.metrics_listen {
        let listener = guards::listen(metrics, "--metrics-listen").await?;
        tokio::spawn(serve_metrics(listener, recorder));
    }
    announce(db, &serve).await?;
    let server = Arc::new(
        Server::new(db.clone(), Files::on(&serve.files).await?)?
            .at(serve.public_url.origin())
            .with_data(data)
            .with_mail(serve.mail.clone())
            .with_scanner(serve.scanner.clone()),
    );
    let live = server.clone();
    let timers = tokio::spawn(timers::follow(server.clone()));
    let mailing = tokio::spawn(mail::follow(server.clone()));
    let indexing = tokio::spawn(search::index::follow(server.clone()));
    let noting = tokio::spawn(checkpoint::follow(db.clone(), checkpoints));
    let service = web::router(server, serve).into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, mut stopped) = tokio::sync::watch::channel(());
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        asked_to_stop().await;
        live.live.stop();
        stopping.send_replace(());
    });
    tokio::select! {
        ended = serving => ended?,
        () = async { let _ = stopped.changed().await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("some requests did not end in time");
        }
    }
    timers.abort();
    mailing.abort();
    indexing.abort();
    noting.abort();
    tracing::info!("stopped");
    Ok(())
}

/// Where it is, on a demo who can come in, and in an empty house who may move in.
async fn announce(db: &Db, serve: &Serve) -> anyhow::Result<()> {
    let broken = |error: server::error::Error| anyhow::anyhow!("{error:?}");
    if db.read(async move |tx: &mut Tx| demo::is_demo(tx).await).await.map_err(broken)? {
        println!("Sign in to the demo with the password {} as", demo::PASSWORD);
        for demo::Person { key, name, roles, .. } in demo::PEOPLE {
            let roles: Vec<&str> = roles.iter().map(|preset| preset.name()).collect();
            println!("  {:<26} {name}, {}", demo::email(key), roles.join(" and "));
        }
    }
    let origin = serve.public_url.origin();
    if let Some(token) = setup::invite(db, now()).await.map_err(broken)? {
        println!("Nobody owns this Switchboard yet. Set it up at {origin}/setup with the token {token}");
    }
    println!("Switchboard is at {origin}");
    Ok(())
}

/// For a scraper on the same machine: without authentication, so on an address of its own.
async fn serve_metrics(listener: TcpListener, recorder: metrics_exporter_prometheus::PrometheusHandle) {
    let metrics = axum::Router::new().route("/metrics", axum::routing::get(async move || recorder.render()));
    if let Err(error) = axum::serve(listener, metrics).await {
        tracing::error!(%error, "the metrics are not served any more");
    }
}

async fn asked_to_stop() {
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
    tracing::info!("stopping: no new requests");
}

fn log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
