public import Architecture
public import System
import Tensors
import WeightFiles

/// Which models there are, where they are, and how one is opened.
public struct ModelLibrary: Sendable {
  public let settings: LibrarySettings
  /// What can be fetched by name.
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

  /// Opens the model of that name, or else the weight file at that path; without either, the
  /// default (``defaultModel``).
  ///
  /// - Parameter options: what is to be said about a weight file; models of the library and the
  ///   starter know it themselves, but may be told otherwise.
  /// - Throws: ``ModelError``.
  public func open(
    _ nameOrPath: String? = nil, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> Model {
    if let nameOrPath { return try source(RawPath(nameOrPath), options: options).model }
    if let model = settings.model { return try source(model, options: options).model }
    return try source(RawPath(defaultModel), options: options).model
  }

  /// Opens a weight file of any format. Weights are not copied where the format has them as we need
  /// them: they stay in the mapped file, which must not be overwritten as long as the model is used.
  ///
  /// - Throws: ``ModelError``.
  public func open(
    path: RawPath, options: ImportOptions = ImportOptions()
  ) throws(ModelError) -> Model {
    try source(path: path, options).model
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
