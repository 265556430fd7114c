import Tensors

/// Reads `.npy` and `.npz` files.
public enum NumPy {
  public static func read(_ storage: Storage) throws(WeightFileError) -> ModelFile {
    throw .unsupported(.numpy, "this version does not read NumPy files yet")
  }
}
