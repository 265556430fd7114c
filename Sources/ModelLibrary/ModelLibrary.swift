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

/// Which models there are, and how one is opened.
public struct ModelLibrary: Sendable {
  public init() {}

  /// Opens the model of that name, or else the weight file at that path; without either, the
  /// starter model.
  ///
  /// - Throws: ``ModelError``.
  public func open(_ nameOrPath: String? = nil) throws(ModelError) -> Model {
    guard let nameOrPath, nameOrPath != StarterModel.name else { return try StarterModel.open() }
    let path = RawPath(nameOrPath)
    do {
      return try open(path: path)
    } catch .unreadable(let error) where error.code == ENOENT && !path.looksLikeFile {
      throw .unknownName(nameOrPath, known: [StarterModel.name])
    }
  }

  /// Opens a weight file without copying its weights: they stay in the mapped file, which must not
  /// be overwritten as long as the model is used.
  ///
  /// - Throws: ``ModelError``.
  public func open(path: RawPath) throws(ModelError) -> Model {
    let storage = try Self.map(path)
    let reader = try ModelReader(storage, file: path.repaired)
    return try reader.model(origin: .file(path.repaired))
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

extension RawPath {
  /// Names of models have no slash and no extension.
  fileprivate var looksLikeFile: Bool {
    bytes.contains(UInt8(ascii: "/")) || bytes.contains(UInt8(ascii: "."))
  }
}
