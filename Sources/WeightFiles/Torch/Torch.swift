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
  /// Objects of other classes beside the tensors are skipped.
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
    if archive.entries.contains(where: { $0.name.hasSuffix("/constants.pkl") }) {
      throw .unsupported(
        .torch,
        "it is a TorchScript program, and only state_dicts are read. In Python,"
          + " torch.save(torch.jit.load(\"this file\").state_dict(), \"weights.pth\") saves its"
          + " weights")
    }
    guard let main = archive.entries.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw .damaged(.torch, "its archive has no data.pkl")
    }
    let folder = main.name.dropLast("data.pkl".count)
    if let order = archive["\(folder)byteorder"],
      !storage.has(Array("little".utf8), at: try order.content().lowerBound)
    {
      throw .unsupported(.torch, "its values are big-endian")
    }
    var storages: [String: Range<Int>] = [:]
    let prefix = "\(folder)data/"
    for entry in archive.entries where entry.name.hasPrefix(prefix) {
      storages[String(entry.name.dropFirst(prefix.count))] = try entry.content()
    }
    let reader = ByteReader(storage, try main.content(), format: .torch)
    let pickle = try PickleMachine.run(reader)
    return try TorchTensors(pickle: pickle, storages: storages).namedTensors()
  }

  /// The magic number of a legacy file, 0x1950a86a20f9469cfc6c, with the operations around it.
  private static let legacyMagic: [UInt8] = [
    0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  /// Where the first pickle of a legacy file, its magic number, ends; nil for other files. From
  /// protocol 4 on, the length of the pickle comes before the number.
  static func legacyMagicEnd(_ storage: Storage) -> Int? {
    guard (UInt8(2)...5).contains(where: { storage.has([0x80, $0]) }) else { return nil }
    let start = storage.has([0x95, UInt8(legacyMagic.count), 0, 0, 0, 0, 0, 0, 0], at: 2) ? 11 : 2
    return storage.has(legacyMagic, at: start) ? start + legacyMagic.count : nil
  }

  /// A legacy file has five pickles: the magic number, the version, the byte order and sizes of
  /// types, the object, and the keys of its storages. The storages follow. Each has the number of
  /// its values in eight bytes, and then the values.
  private static func readLegacy(_ storage: Storage) throws(WeightFileError) -> [NamedTensor] {
    guard let start = legacyMagicEnd(storage) else {
      throw .damaged(.torch, "it begins like none of PyTorch's files, or ends early")
    }
    var reader = ByteReader(storage, format: .torch)
    _ = try reader.take(start, "its magic number")
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
    let pickle = try PickleMachine.run(reader)
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
