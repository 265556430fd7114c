public import Architecture
public import System
import Tensors
import WeightFiles

/// Finds, opens, fetches and manages models.
public struct ModelLibrary: Sendable {
  public let settings: LibrarySettings
  /// The models that can be fetched by name.
  public let catalogue: [CatalogueEntry]
  /// The networks that weight files may hold.
  public let architectures: [Architecture]

  public init(
    settings: LibrarySettings = .fromEnvironment(),
    catalogue: [CatalogueEntry] = CatalogueEntry.published,
    architectures: [Architecture] = Architecture.all
  ) {
    self.settings = settings
    self.catalogue = catalogue
    self.architectures = architectures
  }

  /// Opens the model of that name, or else the weight file at that path. For nil it opens the
  /// default model (``defaultModel``).
  ///
  /// - Parameter options: what the user says about the model. It is needed for weight files that do
  ///   not describe themselves, and overrides what other files say.
  /// - Throws: ``ModelError``.
  public func open(
    _ nameOrPath: String? = nil, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> Model {
    if let nameOrPath { return try source(RawPath(nameOrPath), options: options).model }
    return try defaultSource(options).model
  }

  /// The model that classifies where none is named, and its file.
  ///
  /// - Throws: ``ModelError``.
  public func defaultSource(
    _ options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> ModelSource {
    if let model = settings.model { return try source(model, options: options) }
    return try source(RawPath(defaultModel), options: options)
  }

  /// Opens a weight file of any format. Weights that the file stores in the layout that the network
  /// needs are not copied. They stay in the mapped file, which must not be overwritten as long as
  /// the model is used.
  ///
  /// - Throws: ``ModelError``.
  public func open(
    path: RawPath, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> Model {
    try source(path: path, options).model
  }

  /// Whether there is a file at `path`. A file that cannot be examined counts as missing, so that
  /// weight files and the built-in model can be used even if this user may not read the library.
  static func exists(_ path: RawPath) -> Bool { (try? FileStatus(of: path)) != nil }

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
