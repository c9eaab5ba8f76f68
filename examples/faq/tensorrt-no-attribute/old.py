import tensorrt as trt

logger = trt.Logger(trt.Logger.WARNING)
builder = trt.Builder(logger)
config = builder.create_builder_config()
config.max_workspace_size = 1 << 30
config.set_flag(trt.BuilderFlag.FP16)
network = builder.create_network(1)
engine = builder.build_engine(network, config)
context = engine.create_execution_context()
for index in range(engine.num_bindings):
    print(engine.get_binding_name(index), engine.get_binding_shape(index))
context.execute_async_v2(bindings=[], stream_handle=0)
