import Tensors

/// Reads the files that PyTorch's `torch.save` writes: the zip format (since 1.6) and the older
/// sequence of pickles.
///
/// No code in the file is run: see ``PickleMachine``. Source of the formats:
/// `torch/serialization.py` and `caffe2/serialize/inline_container.h` of PyTorch.
public enum Torch {
  /// Reads a file that holds a state_dict, or a checkpoint that contains one. Tensors have the
  /// names from the file and are views of `storage`. Tensors that are not row-major are rearranged
  /// when they are first read.
  ///
  /// - Throws: ``WeightFileError`` for damaged or incomplete files, for whole models instead of
  ///   state_dicts, for TorchScript programs, and for compressed or big-endian archives.
  public static func read(_ storage: Storage) throws(WeightFileError) -> ModelFile {
    let tensors =
      storage.has([0x50, 0x4B])
      ? try readZip(storage) : try readLegacy(storage)
    return ModelFile(
      weights: WeightFile(tensors: tensors), description: NetworkDescription(format: .torch))
  }

  private static func readZip(_ storage: Storage) throws(WeightFileError) -> [NamedTensor] {
    let archive = try ZipArchive(storage, format: .torch)
    guard let main = archive.entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw .damaged(.torch, "its archive has no data.pkl")
    }
    let folder = main.name.dropLast("data.pkl".count)
    if archive["\(folder)constants.pkl"] != nil {
      throw .unsupported(.torch, "it is a TorchScript program: save the model's state_dict()")
    }
    if let order = archive["\(folder)byteorder"],
      !storage.has(Array("little".utf8), at: order.content.lowerBound)
    {
      throw .unsupported(.torch, "its values are big-endian")
    }
    var storages: [String: Range<Int>] = [:]
    let prefix = "\(folder)data/"
    for entry in archive.entries where entry.name.hasPrefix(prefix) {
      storages[String(entry.name.dropFirst(prefix.count))] = entry.content
    }
    let reader = ByteReader(storage, main.content, format: .torch)
    let pickle = try PickleMachine.run(reader, allowed: TorchTensors.allowedGlobals)
    return try TorchTensors(pickle: pickle, storages: storages).namedTensors()
  }

  /// The first bytes of a legacy file: a pickle of the magic number 0x1950a86a20f9469cfc6c.
  static let legacyMagic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  /// A legacy file has five pickles: the magic number, the version, the byte order and sizes of
  /// types, the object, and the keys of its storages. The storages follow. Each has the number of
  /// its values in eight bytes, and then the values.
  private static func readLegacy(_ storage: Storage) throws(WeightFileError) -> [NamedTensor] {
    guard storage.has(legacyMagic) else {
      guard storage.count >= legacyMagic.count else {
        throw .truncated(.torch, what: "its first bytes")
      }
      throw .damaged(.torch, "it begins like none of PyTorch's files")
    }
    var reader = ByteReader(storage, format: .torch)
    _ = try reader.take(legacyMagic.count, "its magic number")
    let version = try nextPickle(&reader)
    guard version.int(version.root) == 1001 else {
      throw .unsupported(.torch, "its version is not 1001")
    }
    let system = try nextPickle(&reader)
    for (key, value) in system.dictionary(system.root) ?? []
    where system.string(key) == "little_endian" {
      if case .bool(false) = value { throw .unsupported(.torch, "its values are big-endian") }
    }
    let object = try nextPickle(&reader)
    let keys = try nextPickle(&reader)
    let storages = try legacyStorages(&reader, object: object, keys: keys)
    return try TorchTensors(pickle: object, storages: storages).namedTensors()
  }

  private static func nextPickle(_ reader: inout ByteReader) throws(WeightFileError) -> Pickle {
    let pickle = try PickleMachine.run(reader, allowed: TorchTensors.allowedGlobals)
    try reader.seek(to: pickle.end, "its pickles")
    return pickle
  }

  private static func legacyStorages(
    _ reader: inout ByteReader, object: Pickle, keys: Pickle
  ) throws(WeightFileError) -> [String: Range<Int>] {
    var types: [String: ElementType] = [:]
    for case .persistent(let id) in object.nodes {
      guard let id = object.tuple(id), let (key, type, _) = object.storageID(id) else { continue }
      types[key] = type
    }
    guard let list = keys.sequence(keys.root) else {
      throw .damaged(.torch, "the list of its storages is no list")
    }
    var storages: [String: Range<Int>] = [:]
    for item in list {
      guard let key = keys.string(item), let type = types[key] else {
        throw .damaged(.torch, "it lists a storage that no tensor uses")
      }
      let what = "the values of storage \(key)"
      let count = try reader.size(what)
      let (size, overflow) = count.multipliedReportingOverflow(by: type.size)
      guard !overflow else { throw .truncated(.torch, what: what) }
      storages[key] = try reader.take(size, what)
    }
    return storages
  }
}
