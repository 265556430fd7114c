public import System
import Tensors
import WeightFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which models there are, where they are, and how one is opened.
public struct ModelLibrary: Sendable {
  public let settings: LibrarySettings
  /// What can be fetched by name.
  public let catalogue: [CatalogueEntry]

  public init(
    settings: LibrarySettings = .fromEnvironment(),
    catalogue: [CatalogueEntry] = CatalogueEntry.published
  ) {
    self.settings = settings
    self.catalogue = catalogue
  }

  /// Opens the model of that name, or else the weight file at that path; without either, the
  /// default (``defaultModel``).
  ///
  /// - Parameter options: what is to be said about a weight file; models of the library and the
  ///   starter know it themselves, but may be told otherwise.
  /// - Throws: ``ModelError``.
  public func open(
    _ nameOrPath: String? = nil, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> Model {
    if let nameOrPath { return try open(nameOrPath, asPath: RawPath(nameOrPath), options) }
    if let model = settings.model { return try open(model.repaired, asPath: model, options) }
    return try open(defaultModel, options: options)
  }

  private func open(
    _ name: String, asPath path: RawPath, _ options: ImportOptions
  ) throws(ModelError) -> Model {
    if name == StarterModel.name { return try StarterModel.open(options) }
    if let model = try installedModel(named: name) {
      return try open(path: model.path, name: name, options)
    }
    do {
      return try open(path: path, options: options)
    } catch .unreadable(let error) where error.code == ENOENT && LibraryHome.couldBe(name: name) {
      throw unknown(name)
    }
  }

  /// Opens a weight file of any format. Weights are not copied where the format has them as we need
  /// them: they stay in the mapped file, which must not be overwritten as long as the model is used.
  ///
  /// - Throws: ``ModelError``.
  public func open(
    path: RawPath, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> Model {
    try open(path: path, name: nil, options)
  }

  private func open(
    path: RawPath, name: String?, _ options: ImportOptions
  ) throws(ModelError) -> Model {
    let form = try NativeForm(options: options).read(path, Self.map(path))
    var model = try ModelReader(form.weights, file: path.repaired)
      .model(name: name, origin: .file(path.repaired))
    model.assumesPreprocessing = form.assumesPreprocessing
    return model
  }

  static func map(_ path: RawPath) throws(ModelError) -> Storage {
    let mapped: MappedFile
    do {
      mapped = try MappedFile(path)
    } catch {
      throw .unreadable(error)
    }
    // SAFETY: the storage keeps `mapped` alive, and with it the mapping.
    return unsafe Storage(viewing: mapped.bytes, owner: mapped)
  }
}
