import JSON
public import System
import Tensors
import WeightFiles

/// A model in the library, as its file's metadata describes it.
public struct InstalledModel: Sendable, Equatable {
  public let name: String
  public let path: RawPath
  /// Bytes of the file.
  public let size: Int
  public let metadata: [String: String]

  /// Published or measured top-1 accuracy, 0 to 1; nil if it is not known.
  public var top1: Double? { accuracy?.top1 }
  /// Published or measured top-5 accuracy, 0 to 1; nil if it is not known.
  public var top5: Double? { accuracy?.top5 }
  public var variant: String? { metadata["variant"] }
  public var license: String? { metadata["license"] }

  /// The number of class names; nil if the file has no list of them.
  public var classCount: Int? {
    guard let text = metadata["labels"] ?? metadata["classes"] else { return nil }
    return (try? JSONValue.parse(metadata: text))?.array?.count
  }
}

extension ModelLibrary {
  /// The models in the user's library, sorted by name. Files that cannot be read are left out, so
  /// that one damaged file does not hide all other models; opening such a file reports what is
  /// wrong with it.
  public func installedModels() -> [InstalledModel] {
    guard let home else { return [] }
    return home.modelNames.compactMap { try? installedModel(named: $0) }
  }

  /// The number of classes of the starter model.
  public var starterClassCount: Int? { StarterModel.classCount }
  /// The number of bytes of the starter model.
  public var starterSize: Int { StarterModel.size }
  /// Whether the starter model is compressed, and whether it can compute in 8 bits.
  public var starterForm: (isCompressed: Bool, isCalibrated: Bool) { StarterModel.form }

  /// The model of that name; nil if there is none.
  ///
  /// - Throws: ``ModelError`` for a file that exists and cannot be read.
  func installedModel(named name: String) throws(ModelError) -> InstalledModel? {
    guard let home, LibraryHome.isValid(name: name) else { return nil }
    let path = home.modelFile(name)
    guard Self.exists(path) else { return nil }
    let storage = try Self.map(path)
    do {
      let file = try Safetensors.read(storage)
      return InstalledModel(
        name: name, path: path, size: storage.count, metadata: file.metadata)
    } catch {
      throw .damaged(file: path.repaired, error)
    }
  }

  var home: LibraryHome? { settings.home.map { LibraryHome(root: $0) } }

  func requireHome() throws(ModelError) -> LibraryHome {
    guard let home else { throw .noHome }
    return home
  }
}
