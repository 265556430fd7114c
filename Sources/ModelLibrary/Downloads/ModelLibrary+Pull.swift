import JSON
public import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// Fetches published weights, converts them and puts them into the library.
  ///
  /// An interrupted download is resumed. If two processes fetch the same model, one waits for the
  /// other.
  ///
  /// - Parameters:
  ///   - report: called on this thread with the progress.
  ///   - stop: ends the work early when raised. What has been fetched is kept.
  /// - Returns: the model, and whether it was installed already.
  /// - Throws: ``ModelError``.
  public func pull(
    _ name: String, stop: StopFlag? = nil, report: @escaping (PullEvent) -> Void = { _ in }
  ) throws(ModelError) -> (model: InstalledModel, wasThere: Bool) {
    guard let entry = catalogue.first(where: { $0.name == name }) else {
      if name == StarterModel.name { throw .builtIn(name) }
      if try installedModel(named: name) != nil { throw .alreadyInstalled(name) }
      throw unknown(name)
    }
    let home = try requireHome()
    if let model = try pulled(entry) { return (model, true) }
    let addresses = try addresses(of: entry)

    let lock = try writing { () throws(SystemError) in
      try makeFolder(home.downloads)
      return try FileLock(home.downloads.appending(name + ".lock"), stop: stop) {
        report(.waiting)
      }
    }
    defer { extendLifetime(lock) }
    // Another process may have fetched it while this one waited.
    if let model = try pulled(entry) { return (model, true) }
    let file = home.downloads.appending(entry.fileName)
    try download(
      to: file,
      with: Downloader(
        entry: entry, addresses: addresses, patience: settings.patience, stop: stop, report: report)
    )
    report(.converting)
    return (try install(entry, from: file, stop: stop), false)
  }

  /// The model that was made from exactly this file, if it is in the library.
  private func pulled(_ entry: CatalogueEntry) throws(ModelError) -> InstalledModel? {
    guard let model = try installedModel(named: entry.name) else { return nil }
    // A `source` that is not JSON was not written by this function: the model is another one.
    guard let text = model.metadata["source"],
      let source = try? JSONValue.parse(text),
      source[entry.digest.function.metadataName]?.string == entry.digest.hexadecimal
    else { throw .alreadyInstalled(entry.name) }
    return model
  }

  private func addresses(of entry: CatalogueEntry) throws(ModelError) -> [DownloadAddress] {
    var addresses = entry.addresses.compactMap(DownloadAddress.init)
    if let mirror = settings.mirror {
      guard let address = DownloadAddress(mirror: mirror, fileName: entry.fileName) else {
        throw .badMirror(mirror)
      }
      addresses.insert(address, at: 0)
    }
    guard settings.isOffline else { return addresses }
    addresses.removeAll { if case .network = $0 { true } else { false } }
    if addresses.isEmpty { throw .offline(name: entry.name) }
    return addresses
  }

  /// Fetches into a temporary file beside `file`, which is given the name of `file` when it is
  /// complete, has the right digest and has reached the disk.
  private func download(to file: RawPath, with downloader: Downloader) throws(ModelError) {
    let entry = downloader.entry
    // If an earlier run ended between fetching and converting, the whole file is still there.
    if Self.exists(file) {
      let storage = try Self.map(file)
      if storage.count == entry.size,
        Digest(entry.digest.function, of: storage) == entry.digest
      {
        return
      }
    }
    let partial = file.adding(".part")
    let part = try writing { () throws(SystemError) in try PartialFile(partial, entry) }
    do {
      try downloader.fill(part)
    } catch {
      // What an interrupted download has brought is kept. An empty file that cannot be removed does
      // no harm, and the error of the download says more than the one of its removal.
      if part.size == 0 { try? removeFile(partial) }
      throw error
    }
    try writing { () throws(SystemError) in
      try part.synchronize()
      try renameFile(partial, to: file)
    }
  }

  private func writing<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
  ) throws(ModelError) -> Result {
    do {
      return try body()
    } catch {
      throw error == .stopped ? .interrupted : .unwritable(error)
    }
  }

  private func install(
    _ entry: CatalogueEntry, from file: RawPath, stop: StopFlag?
  ) throws(ModelError) -> InstalledModel {
    let storage = try Self.map(file)
    let options = ImportOptions(variant: entry.variant)
    let weights = try NativeForm(options: options).weights(from: file, storage)
    var described = try ModelReader(weights, file: file.repaired).selfDescribing(
      source: [
        .init("file", .string(entry.fileName)), entry.digest.member,
      ])
    described.metadata["license"] = entry.license
    described.metadata["title"] = entry.title
    described.metadata["accuracy"] =
      JSONValue.object([
        .init(
          "ILSVRC-2012 validation",
          .object([.init("top1", .number(entry.top1)), .init("top5", .number(entry.top5))]))
      ]).text
    let model = try install(described, in: newModel(named: entry.name), stop: stop)
    try writing { () throws(SystemError) in try removeFile(file) }
    return model
  }
}
