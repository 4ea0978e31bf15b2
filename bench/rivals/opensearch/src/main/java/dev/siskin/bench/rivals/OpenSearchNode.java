package dev.siskin.bench.rivals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.Version;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.node.NodeValidationException;
import org.opensearch.plugins.PluginInfo;

/**
 * One node of OpenSearch on loopback with the transport, scripting and k-NN plugins from this class path: what the
 * distribution's start script would make of the same jars, without its folders.
 *
 * <p>Arguments: a folder for the data, the port.
 */
public final class OpenSearchNode extends Node {
    private OpenSearchNode(Settings settings, List<PluginInfo> plugins) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "rival"), plugins, false);
    }

    public static void main(String[] arguments) throws NodeValidationException, InterruptedException {
        Settings settings = Settings.builder()
                .put("path.home", Path.of(arguments[0]).toAbsolutePath().toString())
                .put("http.port", arguments[1])
                .put("transport.port", "0")
                .put("network.host", "127.0.0.1")
                .put("http.type", "netty4")
                .put("transport.type", "netty4")
                .put("discovery.type", "single-node")
                .put("cluster.routing.allocation.disk.threshold_enabled", false)
                .build();
        List<PluginInfo> plugins = List.of(
                plugin("transport-netty4", "org.opensearch.transport.Netty4ModulePlugin"),
                plugin("lang-painless", "org.opensearch.painless.PainlessModulePlugin"),
                plugin("opensearch-knn", "org.opensearch.knn.plugin.KNNPlugin"));
        var node = new OpenSearchNode(settings, plugins);
        var stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (java.io.IOException failure) {
                System.err.println("the node did not close cleanly: " + failure);
            }
            stopped.countDown();
        }));
        node.start();
        stopped.await();
    }

    private static PluginInfo plugin(String name, String type) {
        return new PluginInfo(name, name, "1", Version.CURRENT, "21", type, null, List.of(), false);
    }
}
