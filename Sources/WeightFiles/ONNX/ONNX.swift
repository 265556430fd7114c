import Tensors

/// Reads `.onnx` models.
public enum ONNX {
  public static func read(
    _ storage: Storage, externalData: ExternalData? = nil
  ) throws(WeightFileError) -> ModelFile {
    throw .unsupported(.onnx, "this version does not read ONNX yet")
  }
}
